# ssohelper in fish: ssohelper shell-init fish | source. Drawing the prompt starts no process, see docs/how-to.md.

set -g __ssohelper_program @program@
set -g __ssohelper_state_folder @state_folder@
set -g __ssohelper_token_folder @token_folder@
set -g __ssohelper_history_folder @history_folder@
set -g __ssohelper_settings_file @settings_file@
set -g __ssohelper_default_config @default_config@
set -g __ssohelper_draw @draw@
set -g __ssohelper_asked 0
set -g __ssohelper_asked_for
set -g __ssohelper_color normal

# Sets SSOHELPER_PROMPT and __ssohelper_color. The functions that it calls set its local variables.
function __ssohelper_update
    set -gx SSOHELPER_PROMPT ''
    set -g __ssohelper_color normal
    set -l file
    set -l config $__ssohelper_default_config
    set -l fields
    set -l now (__ssohelper_clock)
    __ssohelper_find_state
    set -q AWS_CONFIG_FILE; and __ssohelper_find_config
    # state, expires_at, warn_at, recheck_at, token, sources, color, label; if one of them is invalid, nothing is evaluated or shown.
    if test -f $file -a -O $file
        set -l line
        read --nchars 700 line <$file
        set fields (string match --regex -- '^5 (valid|expiring|expired|none|plain|missing) (\d{1,12}) (\d{1,12}) (\d{1,12}) ([0-9a-f]+) ([^ ]+) ([01]{2}) (0|3[1-6]) ([A-Za-z0-9 ._@+=,/:~-]{0,299})$' "$line")[2..]
    end
    # On a case-insensitive file system, this may be the state of another profile.
    if set -q fields[9]; and test $fields[6] = (string split --right --max 1 / -- $file)[2]
        set -e fields[6]
    else
        set fields
    end
    __ssohelper_is_stale; and __ssohelper_ask
    __ssohelper_format
end

# Updates the state in the background: at most once in two seconds for each state file.
function __ssohelper_ask --no-scope-shadowing
    if test $now -ge (math $__ssohelper_asked + 2) -o $now -lt $__ssohelper_asked
        set -g __ssohelper_asked $now
        set -g __ssohelper_asked_for
    end
    contains -- $file $__ssohelper_asked_for; and return
    set -a __ssohelper_asked_for $file
    command $__ssohelper_program prompt --keep </dev/null >/dev/null 2>&1 &
    disown 2>/dev/null
end

# Prints the time. fish has no clock of its own, but from 3.6 on it knows how long ago a file was changed.
if path mtime -- / >/dev/null 2>&1
    function __ssohelper_clock
        math (path mtime -- /) + (path mtime --relative -- /)
    end
else
    function __ssohelper_clock
        date +%s
    end
end

# Sets file: the state file of the current profile, exec role or session.
function __ssohelper_find_state --no-scope-shadowing
    set file $__ssohelper_state_folder/only
    for each in profile:AWS_DEFAULT_PROFILE profile:AWS_PROFILE exec:SSOHELPER_EXEC session:SSOHELPER_SESSION
        set -l pair (string split : -- $each)
        if test -n "$$pair[2]"
            set file $__ssohelper_state_folder/$pair[1].(string escape --style=url -- $$pair[2] | string replace --all / %2F)
            break
        end
    end
end

# Sets config to the file of AWS_CONFIG_FILE, by the rule of ssohelper/storage/folders.py. It is empty if the value
# contains a variable or another user's home folder, which only eval could expand: then only the program can tell.
function __ssohelper_find_config --no-scope-shadowing
    set config $AWS_CONFIG_FILE
    test -n "$config"; or set config /dev/null
    if string match --quiet --regex '[$\n]|^~[^/]' -- $config
        set config
    else if string match --quiet '~*' -- $config
        set config $HOME(string sub --start 2 -- $config)
    end
    # The copy of `ssohelper exec`.
    if test -n "$SSOHELPER_AWS_CONFIG_FILE"; and string match --quiet '*/ssohelper/exec/*/AWS_CONFIG_FILE' -- $config
        set config $SSOHELPER_AWS_CONFIG_FILE
    end
end

# Whether the program has to update the state, because a file that it was made from has changed or it is time to.
function __ssohelper_is_stale --no-scope-shadowing
    set -q fields[8]; and set -q config[1]; or return 0
    set -l found ''
    for each in $config $__ssohelper_settings_file
        test -e $each; and set found {$found}1; or set found {$found}0
    end
    test "$found" = $fields[6]; or return 0
    set -l token_file $__ssohelper_token_folder/$fields[5].json
    for each in $config $__ssohelper_settings_file $token_file $__ssohelper_history_folder/$fields[5].json
        test ! -e $each; or test $file -nt $each; or return 0
    end
    contains -- $fields[1] expired none plain missing; or test -e $token_file; or return 0
    test $fields[4] -gt 0 -a $now -ge $fields[4]; and return 0
    # The state's time is in the future: that would hide changes, unless an update is due within a minute.
    set -l changed_at (path mtime -- $file 2>/dev/null); or return 1
    test $changed_at -gt $now; and not test $fields[4] -gt 0 -a $fields[4] -le (math $now + 60)
end

# Sets SSOHELPER_PROMPT and __ssohelper_color from the fields of the state, as shell/prompt.py does.
function __ssohelper_format --no-scope-shadowing
    set -q fields[8]; and test $fields[1] != none; or return 0
    set -l left (math $fields[2] - $now)
    if test $fields[1] = expired; or begin; test $fields[1] = expiring; and test $left -le 0; end
        set -gx SSOHELPER_PROMPT "$fields[8]: sign in"
        set -g __ssohelper_color red
        return 0
    else if test $fields[1] = missing
        set -gx SSOHELPER_PROMPT "$fields[8]: not found"
        set -g __ssohelper_color red
        return 0
    end
    set -gx SSOHELPER_PROMPT $fields[8]
    set -l colors red green yellow blue magenta cyan
    set -l number (math $fields[7] - 30)
    test $number -lt 1; or set -g __ssohelper_color $colors[$number]
    test $left -gt 0; or return 0
    if test $now -ge $fields[3]
        test $number -lt 1; and set -g __ssohelper_color yellow
    else if test $fields[1] != expiring
        return 0
    end
    set -l shown {$left}s
    if test $left -ge 3600
        set shown (math --scale=0 $left / 3600)h(string pad --width 2 --char 0 -- (math --scale=0 $left % 3600 / 60))m
    else if test $left -ge 60
        set shown (math --scale=0 $left / 60)m
    end
    set -gx SSOHELPER_PROMPT "$fields[8] $shown"
end

function __ssohelper_status
    return $argv[1]
end

function __ssohelper_before_prompt --on-event fish_prompt
    set -l last $status
    __ssohelper_update 2>/dev/null
    return $last
end

# `ssohelper use` must set a variable of this shell, so it is a function; all other commands run the program.
function ssohelper
    if test "$argv[1]" != use
        command $__ssohelper_program $argv
        set -l code $status
        contains -- "$argv[1]" login logout sync configure; and __ssohelper_update_state
        return $code
    end
    set -l name
    switch "$argv[2..]"
        case - '- *'
            if not set -q __ssohelper_previous
                echo 'ssohelper: no previous profile in this shell' >&2
                echo 'hint: ssohelper use' >&2
                return 1
            end
            set name $__ssohelper_previous
            # The program asks before a profile is used that has to be confirmed.
            if test -n "$name"
                set name (command $__ssohelper_program use --in-shell -- -p $name $argv[3..])
                or return
            end
        case --unset
        case -h --help
            command $__ssohelper_program use --help
            return
        case '*'
            set name (command $__ssohelper_program use --in-shell -- $argv[2..])
            or return
    end
    set -g __ssohelper_previous $AWS_PROFILE
    test -n "$AWS_DEFAULT_PROFILE"; and set -g __ssohelper_previous $AWS_DEFAULT_PROFILE
    set -e AWS_DEFAULT_PROFILE
    set -e AWS_PROFILE
    test -n "$name"; and set -gx AWS_PROFILE $name
    # Without it, the SDKs 2 for JavaScript and 1 for Go read no config file.
    if test -n "$name" -a -z "$AWS_SDK_LOAD_CONFIG"
        set -gx AWS_SDK_LOAD_CONFIG 1
        set -g __ssohelper_load_config yes
    else if test -z "$name" -a -n "$__ssohelper_load_config"
        set -e AWS_SDK_LOAD_CONFIG
        set -e __ssohelper_load_config
    end
    __ssohelper_update_state
    return 0
end

# Waits for the new state, so that the next prompt shows it.
function __ssohelper_update_state
    command $__ssohelper_program prompt --keep </dev/null >/dev/null 2>&1
end

if test $__ssohelper_draw = yes; and not functions --query __ssohelper_fish_prompt
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
