# What TAB offers behind `ssohelper` in bash: see `ssohelper completion --help`.

_ssohelper_complete() {
    local program=${_ssohelper_program:-ssohelper} number
    COMPREPLY=()
    for ((number = 1; number < COMP_CWORD; number++)); do
        [[ ${COMP_WORDS[number]} == -- ]] || continue
        # Behind it stands another command, with offers of its own.
        if declare -F _command_offset >/dev/null; then
            _command_offset $((number + 1))
        elif ((number + 1 == COMP_CWORD)); then
            IFS=$'\n' read -r -d '' -a COMPREPLY < <(compgen -c -- "${COMP_WORDS[COMP_CWORD]}")
        else
            compopt -o default 2>/dev/null
        fi
        return 0
    done
    IFS=$'\n' read -r -d '' -a COMPREPLY \
        < <(command "$program" complete bash -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    return 0
}

# bash 3.2, as macOS has it, sorts in any case.
complete -o nosort -F _ssohelper_complete ssohelper 2>/dev/null || complete -F _ssohelper_complete ssohelper
