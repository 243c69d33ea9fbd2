# ssohelper in bash: eval "$(ssohelper shell-init bash)". What is drawn here starts no process: see docs/how-to.md.

_ssohelper_program=@program@
_ssohelper_states=@states@
_ssohelper_tokens=@tokens@
_ssohelper_renewals=@renewals@
_ssohelper_settings=@settings@
_ssohelper_config=@config@
_ssohelper_draws=@draws@
_ssohelper_started=0
[[ -n ${EPOCHSECONDS-} ]] || _ssohelper_started=$(($(date +%s) - SECONDS)) # bash before 5.0 has no clock
_ssohelper_subject='' _ssohelper_file='' _ssohelper_asked=0
_ssohelper_color='' _ssohelper_segment=''

# What the state file of the present profile, job or session is called, without its folder: in _ssohelper_file.
_ssohelper_name() {
    local LC_ALL=C text=$1 out='' each code i
    for ((i = 0; i < ${#text}; i++)); do
        each=${text:i:1}
        case $each in
            [A-Za-z0-9._~-]) out+=$each ;;
            *)
                printf -v code %d "'$each"
                printf -v each '%%%02X' $((code & 255))
                out+=$each
                ;;
        esac
    done
    _ssohelper_file=$out
}

# What is to be shown, in SSOHELPER_PROMPT, and in which color. Nothing where the state says nothing that makes sense.
_ssohelper_look() {
    local LC_ALL=C subject kind=only version what until amber check token label now left config
    local file=$_ssohelper_states/only
    SSOHELPER_PROMPT='' _ssohelper_color=''
    subject=${AWS_DEFAULT_PROFILE:-${AWS_PROFILE-}} && kind=profile
    [[ -n $subject ]] || { subject=${SSOHELPER_EXEC-} && kind='exec'; }
    [[ -n $subject ]] || { subject=${SSOHELPER_SESSION-} && kind=session; }
    if [[ -n $subject ]]; then
        if [[ $kind.$subject != "$_ssohelper_subject" ]]; then
            _ssohelper_name "$subject"
            _ssohelper_subject=$kind.$subject _ssohelper_asked=0
        fi
        file=$_ssohelper_states/$kind.$_ssohelper_file
    fi
    now=${EPOCHSECONDS:-$((_ssohelper_started + SECONDS))}
    version='' what='' until='' amber='' check='' token='' label=''
    [[ -f $file ]] && read -r -n 400 version what until amber check token label <"$file"
    # What is not what we write is no state: nothing of it is evaluated or shown.
    case $version.$what in 1.well | 1.ends | 1.dead | 1.none) ;; *) what='' ;; esac
    for left in "$until" "$amber" "$check"; do
        case $left in '' | *[!0-9]* | ?????????????*) what='' ;; esac
    done
    case $token in '' | *[!0-9a-f]*) what='' ;; esac
    case $label in *[!A-Za-z0-9\ ._@+=,/:~-]*) what='' ;; esac
    [[ -n $what ]] || until=0 amber=0 check=0 token='' label=''
    until=$((10#$until)) amber=$((10#$amber)) check=$((10#$check))
    config=${SSOHELPER_AWS_CONFIG_FILE:-${AWS_CONFIG_FILE:-$_ssohelper_config}}
    if [[ -z $what || $config -nt $file || $_ssohelper_settings -nt $file || $_ssohelper_tokens/$token.json -nt $file ||
        $_ssohelper_renewals/$token.json -nt $file || ($what != dead && $what != none && ! -e $_ssohelper_tokens/$token.json) ]] ||
        ((check > 0 && now >= check)); then
        if ((now >= _ssohelper_asked + 2 || now < _ssohelper_asked)); then
            _ssohelper_asked=$now
            ("$_ssohelper_program" prompt --keep </dev/null >/dev/null 2>&1 &)
        fi
    else
        _ssohelper_asked=0
    fi
    [[ -n $what && $what != none ]] || return 0
    if [[ $what == dead ]] || [[ $what == ends && $now -ge $until ]]; then
        SSOHELPER_PROMPT="$label: sign in" _ssohelper_color=31
        return 0
    fi
    SSOHELPER_PROMPT=$label
    ((until > now)) || return 0
    left=$((until - now))
    if ((left >= 3600)); then
        printf -v left '%dh%02dm' $((left / 3600)) $((left % 3600 / 60))
    elif ((left >= 60)); then
        left=$((left / 60))m
    else
        left=${left}s
    fi
    if ((now >= amber)); then
        SSOHELPER_PROMPT+=" $left" _ssohelper_color=33
    elif [[ $what == ends ]]; then
        SSOHELPER_PROMPT+=" $left"
    fi
    return 0
}

# Before everybody else's: whatever draws the prompt finds SSOHELPER_PROMPT as it is now.
_ssohelper_before() {
    local status=$?
    _ssohelper_look 2>/dev/null || :
    export SSOHELPER_PROMPT
    case $- in *e*) status=0 ;; esac
    return "$status"
}

# After everybody else's, since some draw PS1 anew each time.
_ssohelper_after() {
    local status=$?
    case $- in *e*) status=0 ;; esac
    [[ $_ssohelper_draws == yes ]] || return "$status"
    _ssohelper_segment=''
    if [[ -n ${SSOHELPER_PROMPT-} ]]; then
        if [[ -z $_ssohelper_color || -n ${NO_COLOR-} || ${TERM-dumb} == dumb ]]; then
            _ssohelper_segment="$SSOHELPER_PROMPT "
        else
            _ssohelper_segment=$'\001\e['$_ssohelper_color$'m\002'$SSOHELPER_PROMPT$'\001\e[0m\002 '
        fi
    fi
    case ${PS1-} in *_ssohelper_segment*) ;; *) PS1='${_ssohelper_segment-}'${PS1-} ;; esac
    return "$status"
}

# `ssohelper use` sets a variable of this shell, which no other program can; everything else is the program's.
ssohelper() {
    local name code=0
    if [[ ${1-} != use ]]; then
        "$_ssohelper_program" "$@" || code=$?
        case ${1-} in login | logout | sync | configure) _ssohelper_keep ;; esac
        return $code
    fi
    case ${*:2} in
        -)
            if [[ -z ${_ssohelper_previous+set} ]]; then
                echo 'ssohelper: no other profile was used in this shell' >&2
                echo 'hint: ssohelper use' >&2
                return 1
            fi
            name=$_ssohelper_previous
            ;;
        --unset) name='' ;;
        -h | --help)
            "$_ssohelper_program" use --help
            return
            ;;
        *) name=$("$_ssohelper_program" use --in-shell "${@:2}") || return ;;
    esac
    _ssohelper_previous=${AWS_DEFAULT_PROFILE:-${AWS_PROFILE-}}
    unset AWS_DEFAULT_PROFILE AWS_PROFILE
    [[ -z $name ]] || export AWS_PROFILE=$name
    _ssohelper_keep
}

# So that already the next prompt shows what a command of ours has changed.
_ssohelper_keep() {
    "$_ssohelper_program" prompt --keep </dev/null >/dev/null 2>&1 || :
}

case ${PROMPT_COMMAND[*]-} in
    *_ssohelper_before*) ;;
    *)
        if [[ $(declare -p PROMPT_COMMAND 2>/dev/null) == 'declare -a'* ]]; then
            PROMPT_COMMAND=(_ssohelper_before "${PROMPT_COMMAND[@]}" _ssohelper_after)
        else
            PROMPT_COMMAND=_ssohelper_before$'\n'${PROMPT_COMMAND:+$PROMPT_COMMAND$'\n'}_ssohelper_after
        fi
        ;;
esac
