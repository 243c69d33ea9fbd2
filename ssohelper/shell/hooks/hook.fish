# ssohelper in fish: ssohelper shell-init fish | source. What is drawn here starts no process: see docs/how-to.md.

set -g __ssohelper_program @program@
set -g __ssohelper_states @states@
set -g __ssohelper_tokens @tokens@
set -g __ssohelper_renewals @renewals@
set -g __ssohelper_settings @settings@
set -g __ssohelper_config @config@
set -g __ssohelper_draws @draws@
set -g __ssohelper_file ''
set -g __ssohelper_asked 0
set -g __ssohelper_color normal

# What is to be shown, in SSOHELPER_PROMPT, and in which color. Nothing where the state says nothing that makes sense.
function __ssohelper_look
    set -gx SSOHELPER_PROMPT ''
    set -g __ssohelper_color normal
    set -l kind only
    set -l subject ''
    for each in profile:AWS_DEFAULT_PROFILE profile:AWS_PROFILE exec:SSOHELPER_EXEC session:SSOHELPER_SESSION
        set -l pair (string split : -- $each)
        if test -n "$$pair[2]"
            set kind $pair[1]
            set subject $$pair[2]
            break
        end
    end
    set -l file $__ssohelper_states/only
    if test -n "$subject"
        set file $__ssohelper_states/$kind.(string escape --style=url -- $subject | string replace --all / %2F)
    end
    set -l fields
    # What is not what we write is no state: nothing of it is shown.
    if test -f $file
        set -l line
        read --nchars 400 line <$file
        set fields (string match --regex --groups-only -- '^1 (well|ends|dead|none) (\d{1,12}) (\d{1,12}) (\d{1,12}) ([0-9a-f]+) ([A-Za-z0-9 ._@+=,/:~-]{0,299})$' "$line")
    end
    # fish has no clock of its own, but knows how long ago a file was changed.
    set -l now (math (path mtime -- /) + (path mtime --relative -- /))
    set -l config $__ssohelper_config
    test -n "$AWS_CONFIG_FILE"; and set config $AWS_CONFIG_FILE
    test -n "$SSOHELPER_AWS_CONFIG_FILE"; and set config $SSOHELPER_AWS_CONFIG_FILE
    set -l stale no
    if not set -q fields[6]
        set stale yes
    else
        for each in $config $__ssohelper_settings $__ssohelper_tokens/$fields[5].json $__ssohelper_renewals/$fields[5].json
            test $each -nt $file; and set stale yes
        end
        contains -- $fields[1] dead none; or test -e $__ssohelper_tokens/$fields[5].json; or set stale yes
        test $fields[4] -gt 0 -a $now -ge $fields[4]; and set stale yes
    end
    if test $stale = yes
        if test "$file" != "$__ssohelper_file" -o $now -ge (math $__ssohelper_asked + 2) -o $now -lt $__ssohelper_asked
            set -g __ssohelper_file $file
            set -g __ssohelper_asked $now
            command $__ssohelper_program prompt --keep </dev/null >/dev/null 2>&1 &
            disown 2>/dev/null
        end
    else
        set -g __ssohelper_asked 0
    end
    set -q fields[6]; and test $fields[1] != none; or return 0
    if test $fields[1] = dead; or begin; test $fields[1] = ends; and test $now -ge $fields[2]; end
        set -gx SSOHELPER_PROMPT "$fields[6]: sign in"
        set -g __ssohelper_color red
        return 0
    end
    set -gx SSOHELPER_PROMPT $fields[6]
    set -l left (math $fields[2] - $now)
    test $left -gt 0; or return 0
    set -l shown {$left}s
    if test $left -ge 3600
        set shown (math --scale=0 $left / 3600)h(string pad --width 2 --char 0 -- (math --scale=0 $left % 3600 / 60))m
    else if test $left -ge 60
        set shown (math --scale=0 $left / 60)m
    end
    if test $now -ge $fields[3]
        set -gx SSOHELPER_PROMPT "$fields[6] $shown"
        set -g __ssohelper_color yellow
    else if test $fields[1] = ends
        set -gx SSOHELPER_PROMPT "$fields[6] $shown"
    end
    return 0
end

function __ssohelper_status
    return $argv[1]
end

function __ssohelper_before --on-event fish_prompt
    set -l last $status
    __ssohelper_look 2>/dev/null
    return $last
end

# `ssohelper use` sets a variable of this shell, which no other program can; everything else is the program's.
function ssohelper
    if test "$argv[1]" != use
        command $__ssohelper_program $argv
        set -l code $status
        contains -- "$argv[1]" login logout sync configure; and __ssohelper_keep
        return $code
    end
    set -l name
    switch "$argv[2..]"
        case -
            if not set -q __ssohelper_previous
                echo 'ssohelper: no other profile was used in this shell' >&2
                echo 'hint: ssohelper use' >&2
                return 1
            end
            set name $__ssohelper_previous
        case --unset
        case -h --help
            command $__ssohelper_program use --help
            return
        case '*'
            set name (command $__ssohelper_program use --in-shell $argv[2..])
            or return
    end
    set -g __ssohelper_previous $AWS_PROFILE
    test -n "$AWS_DEFAULT_PROFILE"; and set -g __ssohelper_previous $AWS_DEFAULT_PROFILE
    set -e AWS_DEFAULT_PROFILE
    set -e AWS_PROFILE
    test -n "$name"; and set -gx AWS_PROFILE $name
    __ssohelper_keep
    return 0
end

# So that already the next prompt shows what a command of ours has changed.
function __ssohelper_keep
    command $__ssohelper_program prompt --keep </dev/null >/dev/null 2>&1
end

if test $__ssohelper_draws = yes; and not functions --query __ssohelper_fish_prompt
    functions --copy fish_prompt __ssohelper_fish_prompt
    function fish_prompt
        set -l last $status
        if test "$__ssohelper_color" = normal -o -n "$NO_COLOR" -o "$TERM" = dumb
            test -n "$SSOHELPER_PROMPT"; and echo -n "$SSOHELPER_PROMPT "
        else
            set_color $__ssohelper_color
            echo -n "$SSOHELPER_PROMPT"
            set_color normal
            echo -n ' '
        end
        __ssohelper_status $last
        __ssohelper_fish_prompt
    end
end
