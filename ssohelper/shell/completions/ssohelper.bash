# Completion of `ssohelper` in bash: see `ssohelper completion --help`.

_ssohelper_complete() {
    # Copied here: bash 3.2, which macOS ships, would join the words of a slice while IFS is a newline.
    local program=${_ssohelper_program:-ssohelper} words=("${COMP_WORDS[@]:1:COMP_CWORD}") i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        [[ ${COMP_WORDS[i]} == -- ]] || continue
        # The words after -- are another command, which has its own completion.
        if declare -F _command_offset >/dev/null; then
            _command_offset $((i + 1))
        elif ((i + 1 == COMP_CWORD)); then
            # A command that is in two folders of PATH is listed twice.
            IFS=$'\n' read -r -d '' -a COMPREPLY < <(compgen -c -- "${COMP_WORDS[COMP_CWORD]}" | sort -u)
        else
            # bash 3.2 has no compopt.
            compopt -o default 2>/dev/null ||
                IFS=$'\n' read -r -d '' -a COMPREPLY < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")
        fi
        return 0
    done
    IFS=$'\n' read -r -d '' -a COMPREPLY < <(command "$program" complete bash -- "${words[@]}" 2>/dev/null)
    return 0
}

# bash 3.2 has no option nosort.
complete -o nosort -F _ssohelper_complete ssohelper 2>/dev/null || complete -F _ssohelper_complete ssohelper
