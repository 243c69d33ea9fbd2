# ssohelper in zsh: eval "$(ssohelper shell-init zsh)". What is drawn here starts no process: see docs/how-to.md.

typeset -g _ssohelper_program=@program@
typeset -g _ssohelper_states=@states@
typeset -g _ssohelper_tokens=@tokens@
typeset -g _ssohelper_renewals=@renewals@
typeset -g _ssohelper_settings=@settings@
typeset -g _ssohelper_config=@config@
typeset -g _ssohelper_draws=@draws@
typeset -g _ssohelper_subject='' _ssohelper_file='' _ssohelper_color='' _ssohelper_segment=''
typeset -gi _ssohelper_asked=0
zmodload zsh/datetime

# What the state file of the present profile, job or session is called, without its folder: in _ssohelper_file.
_ssohelper_name() {
    emulate -L zsh -o no_multibyte
    local text=$1 each
    _ssohelper_file=''
    for each in ${(s::)text}; do
        [[ $each == [A-Za-z0-9._~-] ]] || printf -v each '%%%02X' $((#each))
        _ssohelper_file+=$each
    done
}

# What is to be shown, in SSOHELPER_PROMPT, and in which color. Nothing where the state says nothing that makes sense.
_ssohelper_look() {
    emulate -L zsh -o no_multibyte
    local subject kind=only version what until amber check token label each config
    local file=$_ssohelper_states/only
    local -i now=$EPOCHSECONDS left
    SSOHELPER_PROMPT='' _ssohelper_color=''
    subject=${AWS_DEFAULT_PROFILE:-${AWS_PROFILE-}} && kind=profile
    [[ -n $subject ]] || { subject=${SSOHELPER_EXEC-} && kind=exec }
    [[ -n $subject ]] || { subject=${SSOHELPER_SESSION-} && kind=session }
    if [[ -n $subject ]]; then
        if [[ $kind.$subject != "$_ssohelper_subject" ]]; then
            _ssohelper_name "$subject"
            _ssohelper_subject=$kind.$subject _ssohelper_asked=0
        fi
        file=$_ssohelper_states/$kind.$_ssohelper_file
    fi
    [[ -f $file ]] && IFS=' ' read -r version what until amber check token label <$file
    # What is not what we write is no state: nothing of it is evaluated or shown.
    [[ $version.$what == 1.(well|ends|dead|none) ]] || what=''
    for each in "$until" "$amber" "$check"; do
        [[ -n $each && $each != *[^0-9]* && $#each -lt 13 ]] || what=''
    done
    [[ -n $token && $token != *[^0-9a-f]* ]] || what=''
    [[ $label != *[^A-Za-z0-9\ ._@+=,/:~-]* && $#label -lt 300 ]] || what=''
    [[ -n $what ]] || until=0 amber=0 check=0 token='' label=''
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
    if [[ $what == dead ]] || { [[ $what == ends ]] && ((now >= until)) }; then
        SSOHELPER_PROMPT="$label: sign in" _ssohelper_color=31
        return 0
    fi
    SSOHELPER_PROMPT=$label
    left=$((until - now))
    ((left > 0)) || return 0
    if ((left >= 3600)); then
        printf -v each '%dh%02dm' $((left / 3600)) $((left % 3600 / 60))
    elif ((left >= 60)); then
        each=$((left / 60))m
    else
        each=${left}s
    fi
    if ((now >= amber)); then
        SSOHELPER_PROMPT+=" $each" _ssohelper_color=33
    elif [[ $what == ends ]]; then
        SSOHELPER_PROMPT+=" $each"
    fi
    return 0
}

# Before everybody else's: whatever draws the prompt finds SSOHELPER_PROMPT as it is now.
_ssohelper_before() {
    _ssohelper_look 2>/dev/null || :
    export SSOHELPER_PROMPT
}

# After everybody else's, since some draw PROMPT anew each time.
_ssohelper_after() {
    emulate -L zsh
    [[ $_ssohelper_draws == yes ]] || return 0
    local before=$_ssohelper_segment
    _ssohelper_segment=''
    if [[ -n ${SSOHELPER_PROMPT-} ]]; then
        if [[ -z $_ssohelper_color || -n ${NO_COLOR-} || ${TERM-dumb} == dumb ]]; then
            _ssohelper_segment="$SSOHELPER_PROMPT "
        else
            _ssohelper_segment=$'%{\e['$_ssohelper_color$'m%}'$SSOHELPER_PROMPT$'%{\e[0m%} '
        fi
    fi
    [[ -z $before || $PROMPT != $before* ]] || PROMPT=${PROMPT#$before}
    PROMPT=$_ssohelper_segment$PROMPT
}

# `ssohelper use` sets a variable of this shell, which no other program can; everything else is the program's.
ssohelper() {
    emulate -L zsh
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
    typeset -g _ssohelper_previous=${AWS_DEFAULT_PROFILE:-${AWS_PROFILE-}}
    unset AWS_DEFAULT_PROFILE AWS_PROFILE
    [[ -z $name ]] || export AWS_PROFILE=$name
    _ssohelper_keep
}

# So that already the next prompt shows what a command of ours has changed.
_ssohelper_keep() {
    "$_ssohelper_program" prompt --keep </dev/null >/dev/null 2>&1 || :
}

_ssohelper_install() {
    emulate -L zsh
    typeset -ga precmd_functions
    precmd_functions=(_ssohelper_before ${precmd_functions:#_ssohelper_*} _ssohelper_after)
}
_ssohelper_install
