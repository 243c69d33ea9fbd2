# What TAB offers behind `ssohelper` in fish: see `ssohelper completion --help`.

function __ssohelper_complete
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    set -l at (contains --index -- -- $words)
    if test -n "$at"
        # Behind it stands another command, with offers of its own.
        set -l behind (string escape -- $words[(math $at + 1)..])
        complete --do-complete "$(string join ' ' -- $behind "$typed")"
        return
    end
    set -l program ssohelper
    set -q __ssohelper_program; and set program $__ssohelper_program
    command $program complete fish -- $words[2..] "$typed" 2>/dev/null
end

complete --command ssohelper --no-files --keep-order --arguments '(__ssohelper_complete)'
