#compdef ssohelper
# Completion of `ssohelper` in zsh: see `ssohelper completion --help`.

_ssohelper_complete() {
    local line separator=${words[(i)--]}
    local -a candidates
    if ((separator < CURRENT)); then
        # The words after -- are another command, which has its own completion.
        ((CURRENT -= separator))
        shift $separator words
        _normal
        return
    fi
    for line in "${(@f)$(command "${_ssohelper_program:-ssohelper}" complete zsh -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
        [[ -n $line ]] || continue
        candidates+=("${${line%%$'\t'*}//:/\\:}${${line#*$'\t'}:+:${line#*$'\t'}}")
    done
    _describe -V ssohelper candidates
}

if [[ ${zsh_eval_context[-1]-} == loadautofunc ]]; then
    _ssohelper_complete "$@"
elif ((${+functions[compdef]})); then
    compdef _ssohelper_complete ssohelper
fi
