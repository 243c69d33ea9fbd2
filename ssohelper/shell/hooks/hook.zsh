# ssohelper in zsh: eval "$(ssohelper shell-init zsh)". Drawing the prompt starts no process, see docs/how-to.md.

typeset -g _ssohelper_program=@program@
typeset -g _ssohelper_state_folder=@state_folder@
typeset -g _ssohelper_token_folder=@token_folder@
typeset -g _ssohelper_history_folder=@history_folder@
typeset -g _ssohelper_settings_file=@settings_file@
typeset -g _ssohelper_default_config=@default_config@
typeset -g _ssohelper_draw=@draw@
typeset -g _ssohelper_subject='' _ssohelper_encoded='' _ssohelper_color='' _ssohelper_segment='' _ssohelper_asked_for=''
typeset -gi _ssohelper_asked=0
zmodload zsh/datetime
zmodload -F zsh/stat b:zstat

# Percent-encodes $1 as urllib.parse.quote does, into _ssohelper_encoded.
_ssohelper_encode() {
    emulate -L zsh -o no_multibyte
    local text=$1 char
    _ssohelper_encoded=''
    for char in ${(s::)text}; do
        [[ $char == [A-Za-z0-9._~-] ]] || printf -v char '%%%02X' $((#char))
        _ssohelper_encoded+=$char
    done
}

# Sets SSOHELPER_PROMPT and _ssohelper_color. The functions that it calls set its local variables.
_ssohelper_update() {
    emulate -L zsh -o no_multibyte
    local file state expires_at=0 warn_at=0 recheck_at=0 token token_file sources color=0 label config=$_ssohelper_default_config
    local -i now=$EPOCHSECONDS
    SSOHELPER_PROMPT='' _ssohelper_color=''
    _ssohelper_read_state
    [[ -z ${AWS_CONFIG_FILE+set} ]] || _ssohelper_find_config
    token_file=$_ssohelper_token_folder/$token.json
    # The program updates the state if a file that it was made from has changed, or if it is time to.
    if [[ -z $state || -z $config || ($state == (valid|expiring) && ! -e $token_file) ]] ||
        _ssohelper_changed $config $_ssohelper_settings_file $token_file $_ssohelper_history_folder/$token.json ||
        ((recheck_at > 0 && now >= recheck_at)) || _ssohelper_from_the_future; then
        _ssohelper_ask
    fi
    _ssohelper_format
}

# Updates the state in the background: at most once in two seconds for each state file.
_ssohelper_ask() {
    if ((now >= _ssohelper_asked + 2 || now < _ssohelper_asked)); then
        _ssohelper_asked=$now _ssohelper_asked_for=''
    fi
    [[ $_ssohelper_asked_for != *"<$file>"* ]] || return 0
    _ssohelper_asked_for+="<$file>"
    ("$_ssohelper_program" prompt --keep </dev/null >/dev/null 2>&1 &)
}

# Whether one of these files has changed since the state was written, or has come or gone. Equal times count as changed.
_ssohelper_changed() {
    local each found=''
    for each in $1 $2; do
        if [[ -e $each ]]; then found+=1; else found+=0; fi
    done
    [[ $found == $sources ]] || return 0
    for each; do
        [[ ! -e $each || $file -nt $each ]] || return 0
    done
    return 1
}

# Whether the state's time is in the future, which would hide changes, and no update is due within a minute.
_ssohelper_from_the_future() {
    local -a changed_at
    zstat -A changed_at +mtime -- $file && ((changed_at[1] > now && ! (recheck_at > 0 && recheck_at <= now + 60)))
}

# Sets file, the state file of the current profile, exec role or session, and its fields. If one of them is invalid,
# state is empty and nothing is evaluated or shown.
_ssohelper_read_state() {
    local version time subject kind=only name=
    file=$_ssohelper_state_folder/only
    subject=${AWS_DEFAULT_PROFILE:-${AWS_PROFILE-}} && kind=profile
    [[ -n $subject ]] || { subject=${SSOHELPER_EXEC-} && kind=exec }
    [[ -n $subject ]] || { subject=${SSOHELPER_SESSION-} && kind=session }
    if [[ -n $subject ]]; then
        if [[ $kind.$subject != "$_ssohelper_subject" ]]; then
            _ssohelper_encode "$subject"
            _ssohelper_subject=$kind.$subject
        fi
        file=$_ssohelper_state_folder/$kind.$_ssohelper_encoded
    fi
    [[ -f $file && -O $file ]] && IFS=' ' read -r version state expires_at warn_at recheck_at token name sources color label <$file
    [[ $version.$state == 5.(valid|expiring|expired|none|plain|missing) ]] || state=''
    [[ $name == ${file:t} ]] || state='' # that of another profile, on a case-insensitive file system
    for time in "$expires_at" "$warn_at" "$recheck_at"; do
        [[ -n $time && $time != *[^0-9]* && $#time -lt 13 ]] || state=''
    done
    [[ -n $token && $token != *[^0-9a-f]* ]] || state=''
    [[ $sources == [01][01] ]] || state=''
    [[ $color == (0|3[1-6]) ]] || state=''
    [[ $label != *[^A-Za-z0-9\ ._@+=,/:~-]* && $#label -lt 300 ]] || state=''
    [[ -n $state ]] || expires_at=0 warn_at=0 recheck_at=0 token='' color=0 label=''
}

# Sets config to the file of AWS_CONFIG_FILE, by the rule of ssohelper/storage/folders.py. It is empty if the value
# contains a variable or another user's home folder, which only eval could expand: then only the program can tell.
_ssohelper_find_config() {
    config=''
    case $AWS_CONFIG_FILE in
        *'$'*) ;;
        '~' | '~/'*) [[ -z ${HOME-} ]] || config=$HOME${AWS_CONFIG_FILE#'~'} ;;
        '~'*) ;;
        *) config=${AWS_CONFIG_FILE:-/dev/null} ;;
    esac
    case $config in # the copy of `ssohelper exec`
        */ssohelper/exec/*/AWS_CONFIG_FILE) config=${SSOHELPER_AWS_CONFIG_FILE:-$config} ;;
    esac
}

# Sets SSOHELPER_PROMPT and _ssohelper_color from the fields of the state, as shell/prompt.py does.
_ssohelper_format() {
    local shown
    local -i left=$((expires_at - now))
    [[ -n $state && $state != none ]] || return 0
    if [[ $state == expired || ($state == expiring && $left -le 0) ]]; then
        SSOHELPER_PROMPT="$label: sign in" _ssohelper_color=31
        return 0
    elif [[ $state == missing ]]; then
        SSOHELPER_PROMPT="$label: not found" _ssohelper_color=31
        return 0
    fi
    SSOHELPER_PROMPT=$label _ssohelper_color=${color#0}
    ((left > 0)) || return 0
    if ((now >= warn_at)); then
        _ssohelper_color=${_ssohelper_color:-33}
    elif [[ $state != expiring ]]; then
        return 0
    fi
    if ((left >= 3600)); then
        printf -v shown '%dh%02dm' $((left / 3600)) $((left % 3600 / 60))
    elif ((left >= 60)); then
        shown=$((left / 60))m
    else
        shown=${left}s
    fi
    SSOHELPER_PROMPT+=" $shown"
}

# Runs before all other precmd functions, so that they find the current SSOHELPER_PROMPT.
_ssohelper_before_prompt() {
    _ssohelper_update 2>/dev/null || :
    export SSOHELPER_PROMPT
}

# Runs after all other precmd functions, because some of them replace PROMPT each time.
_ssohelper_draw_prompt() {
    emulate -L zsh
    [[ $_ssohelper_draw == yes ]] || return 0
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

# `ssohelper use` must set a variable of this shell, so it is a function; all other commands run the program.
ssohelper() {
    emulate -L zsh
    local name code=0
    if [[ ${1-} != use ]]; then
        "$_ssohelper_program" "$@" || code=$?
        case ${1-} in login | logout | sync | configure) _ssohelper_update_state ;; esac
        return $code
    fi
    case $#:${2-} in
        *:-)
            if [[ -z ${_ssohelper_previous+set} ]]; then
                echo 'ssohelper: no previous profile in this shell' >&2
                echo 'hint: ssohelper use' >&2
                return 1
            fi
            name=$_ssohelper_previous
            # The program asks before a profile is used that has to be confirmed.
            [[ -z $name ]] || name=$("$_ssohelper_program" use --in-shell -- -p "$name" "${@:3}") || return
            ;;
        2:--unset) name='' ;;
        2:-h | 2:--help)
            "$_ssohelper_program" use --help
            return
            ;;
        *) name=$("$_ssohelper_program" use --in-shell -- "${@:2}") || return ;;
    esac
    typeset -g _ssohelper_previous=${AWS_DEFAULT_PROFILE:-${AWS_PROFILE-}}
    unset AWS_DEFAULT_PROFILE AWS_PROFILE
    [[ -z $name ]] || export AWS_PROFILE=$name
    # Without it, the SDKs 2 for JavaScript and 1 for Go read no config file.
    if [[ -n $name && -z ${AWS_SDK_LOAD_CONFIG-} ]]; then
        export AWS_SDK_LOAD_CONFIG=1
        typeset -g _ssohelper_load_config=yes
    elif [[ -z $name && -n ${_ssohelper_load_config-} ]]; then
        unset AWS_SDK_LOAD_CONFIG _ssohelper_load_config
    fi
    _ssohelper_update_state
}

# Waits for the new state, so that the next prompt shows it.
_ssohelper_update_state() {
    "$_ssohelper_program" prompt --keep </dev/null >/dev/null 2>&1 || :
}

_ssohelper_install() {
    emulate -L zsh
    typeset -ga precmd_functions
    precmd_functions=(_ssohelper_before_prompt ${precmd_functions:#_ssohelper_*} _ssohelper_draw_prompt)
}
_ssohelper_install
