# Completion of `ssohelper` in fish: see `ssohelper completion --help`.

function __ssohelper_complete
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    set -l separator (contains --index -- -- $words)
    if test -n "$separator"
        # The words after -- are another command, which has its own completion.
        set -l inner (string escape -- $words[(math $separator + 1)..])
        set -l line (string join ' ' -- $inner "$typed")
        complete --do-complete "$line"
        return
    end
    set -l program ssohelper
    set -q __ssohelper_program; and set program $__ssohelper_program
    command $program complete fish -- $words[2..] "$typed" 2>/dev/null
end

complete --command ssohelper --no-files --keep-order --arguments '(__ssohelper_complete)'
