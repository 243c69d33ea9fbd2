#compdef ssohelper
# What TAB offers behind `ssohelper` in zsh: see `ssohelper completion --help`.

_ssohelper_complete() {
    local line number=${words[(i)--]}
    local -a offers
    if ((number < CURRENT)); then
        # Behind it stands another command, with offers of its own.
        ((CURRENT -= number))
        shift $number words
        _normal
        return
    fi
    for line in "${(@f)$(command "${_ssohelper_program:-ssohelper}" complete zsh -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
        [[ -n $line ]] || continue
        offers+=("${${line%%$'\t'*}//:/\\:}${${line#*$'\t'}:+:${line#*$'\t'}}")
    done
    _describe -V ssohelper offers
}

if [[ ${zsh_eval_context[-1]-} == loadautofunc ]]; then
    _ssohelper_complete "$@"
elif ((${+functions[compdef]})); then
    compdef _ssohelper_complete ssohelper
fi
