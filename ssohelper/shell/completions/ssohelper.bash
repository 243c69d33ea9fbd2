# Completion of `ssohelper` in bash: see `ssohelper completion --help`.

_ssohelper_complete() {
    local program=${_ssohelper_program:-ssohelper} i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        [[ ${COMP_WORDS[i]} == -- ]] || continue
        # The words after -- are another command, which has its own completion.
        if declare -F _command_offset >/dev/null; then
            _command_offset $((i + 1))
        elif ((i + 1 == COMP_CWORD)); then
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

# bash 3.2, which macOS ships, has no option nosort.
complete -o nosort -F _ssohelper_complete ssohelper 2>/dev/null || complete -F _ssohelper_complete ssohelper
