# ssohelper in PowerShell: ssohelper shell-init powershell | Out-String | iex. Drawing the prompt starts no process.

Remove-Module -Name ssohelper -ErrorAction Ignore -WhatIf:$false -Confirm:$false # gives back the prompt, if this is loaded again
# Kept when it is loaded again: the previous profile (empty if none was set), and whether AWS_SDK_LOAD_CONFIG was set
# here.
if ($null -eq $global:SsohelperKept) { $global:SsohelperKept = @{ Previous = $null; LoadConfig = $false } }

New-Module -Name ssohelper -ScriptBlock {
    Set-StrictMode -Off
    # The person's own preference is for their own commands.
    $ErrorActionPreference = 'Stop'
    $script:Program = @program@
    $script:StateFolder = @state_folder@
    $script:TokenFolder = @token_folder@
    $script:HistoryFolder = @history_folder@
    $script:SettingsFile = @settings_file@
    $script:DefaultConfig = @default_config@
    $script:Draw = @draw@
    $script:Asked = 0
    $script:AskedFor = @()
    $script:Color = ''
    $script:Started = @() # processes that may still run

    # The state file of the current profile, exec role or session.
    function Get-StateFile {
        foreach ($each in 'profile AWS_DEFAULT_PROFILE', 'profile AWS_PROFILE', 'exec SSOHELPER_EXEC', 'session SSOHELPER_SESSION') {
            $kind, $variable = $each.Split(' ')
            $subject = [Environment]::GetEnvironmentVariable($variable)
            if ($subject) {
                # Windows PowerShell does not encode these.
                $name = [regex]::Replace([Uri]::EscapeDataString($subject), "[!*'()]", { param($found) '%{0:X2}' -f [int][char]$found.Value })
                return [IO.Path]::Combine($script:StateFolder, "$kind.$name")
            }
        }
        [IO.Path]::Combine($script:StateFolder, 'only')
    }

    # What is known of a file, or of the target if it is a link. (Windows PowerShell knows no targets.)
    function Get-FileInfo([string]$path) {
        $info = New-Object -TypeName IO.FileInfo -ArgumentList $path
        if (-not (Test-Exists $info) -or -not ($info.Attributes -band [IO.FileAttributes]::ReparsePoint)) { return $info }
        $target = $null
        if ($info.PSObject.Methods['ResolveLinkTarget']) { $target = $info.ResolveLinkTarget($true) }
        if ($null -eq $target) { $info } else { New-Object -TypeName IO.FileInfo -ArgumentList $target.FullName }
    }

    function Test-Exists([IO.FileInfo]$info) { [int]$info.Attributes -ne -1 }

    # The fields of a state. If one of them is invalid, the result is null and nothing is evaluated or shown.
    function Read-State([string]$file) {
        $info = Get-FileInfo $file
        # A FIFO has no length, and no end.
        if (-not $info.Exists -or $info.Length -eq 0) { return $null }
        $bytes = New-Object -TypeName 'byte[]' -ArgumentList 700
        # The program must be able to replace the file while it is open here.
        $stream = [IO.File]::Open($file, 'Open', 'Read', 'ReadWrite, Delete')
        try { $count = $stream.Read($bytes, 0, 700) } finally { $stream.Dispose() }
        $line = [Text.Encoding]::ASCII.GetString($bytes, 0, $count).Split("`n")[0]
        $found = [regex]::Match($line, '\A5 (valid|expiring|expired|none|plain|missing) ([0-9]{1,12}) ([0-9]{1,12}) ([0-9]{1,12}) ([0-9a-f]+) ([^ ]+) ([01]{2}) (0|3[1-6]) ([A-Za-z0-9 ._@+=,/:~-]{0,299})\z')
        if (-not $found.Success) { return $null }
        # On a case-insensitive file system, this may be the state of another profile.
        if ($found.Groups[6].Value -cne [IO.Path]::GetFileName($file)) { return $null }
        @{
            State = $found.Groups[1].Value
            ExpiresAt = [long]$found.Groups[2].Value
            WarnAt = [long]$found.Groups[3].Value
            RecheckAt = [long]$found.Groups[4].Value
            Token = $found.Groups[5].Value
            Sources = $found.Groups[7].Value
            Color = @('', 'DarkRed', 'DarkGreen', 'DarkYellow', 'DarkBlue', 'DarkMagenta', 'DarkCyan')[[int]$found.Groups[8].Value % 30]
            Label = $found.Groups[9].Value
            WrittenAt = $info.LastWriteTimeUtc
        }
    }

    # .NET does not know PowerShell's current folder.
    function Get-CurrentFolder { (Get-Location -PSProvider FileSystem).ProviderPath }

    # The AWS config file, by the rule of ssohelper/storage/folders.py. It is null if the value contains a variable or
    # another user's home folder, which are not expanded here: then only the program can tell.
    function Get-ConfigFile {
        $path = $env:AWS_CONFIG_FILE
        if ($null -eq $path) {
            $path = $script:DefaultConfig
        } elseif (-not $path) { # Windows has no empty variables
            return '/dev/null'
        } elseif ($path -match '[$%]|^~[^/\\]') {
            return $null
        } elseif ($path[0] -eq '~') {
            $folder = if ([IO.Path]::DirectorySeparatorChar -eq '\') { $env:USERPROFILE } else { $env:HOME }
            if (-not $folder) { return $null }
            $path = $folder + $path.Substring(1)
        }
        # The copy of `ssohelper exec`.
        if ($env:SSOHELPER_AWS_CONFIG_FILE -and $path -clike '*/ssohelper/exec/*/AWS_CONFIG_FILE') { $path = $env:SSOHELPER_AWS_CONFIG_FILE }
        [IO.Path]::Combine((Get-CurrentFolder), $path)
    }

    # Whether the program has to update the state, because a file that it was made from has changed, come or gone, or it
    # is time to. A missing file has a time in 1601, so it never counts as newer.
    function Test-Stale($state, [long]$now) {
        if ($null -eq $state) { return $true }
        $config = Get-ConfigFile
        if ($null -eq $config) { return $true }
        $token = Get-FileInfo ([IO.Path]::Combine($script:TokenFolder, "$($state.Token).json"))
        $history = Get-FileInfo ([IO.Path]::Combine($script:HistoryFolder, "$($state.Token).json"))
        $sources = (Get-FileInfo $config), (Get-FileInfo $script:SettingsFile)
        if ((-join ($sources | ForEach-Object { [int](Test-Exists $_) })) -cne $state.Sources) { return $true }
        foreach ($each in $sources + $token + $history) {
            if ($each.LastWriteTimeUtc -ge $state.WrittenAt) { return $true }
        }
        if ($state.State -notin 'expired', 'none', 'plain', 'missing' -and -not (Test-Exists $token)) { return $true }
        if ($state.RecheckAt -gt 0 -and $now -ge $state.RecheckAt) { return $true }
        # The state's time is in the future: that would hide changes, unless an update is due within a minute.
        $state.WrittenAt -gt [DateTime]::UtcNow -and ($state.RecheckAt -eq 0 -or $state.RecheckAt -gt $now + 60)
    }

    # How to start the program with these arguments; its output is UTF-8, whatever this console's encoding is.
    function New-StartInfo([string[]]$words) {
        $quoted = foreach ($each in $words) { '"' + ($each -replace '(\\*)"', '$1$1\"' -replace '(\\+)$', '$1$1') + '"' }
        $start = New-Object -TypeName Diagnostics.ProcessStartInfo -ArgumentList $script:Program, ($quoted -join ' ')
        $start.UseShellExecute = $false
        $start.RedirectStandardOutput = $true
        $start.StandardOutputEncoding = [Text.Encoding]::UTF8
        $start.EnvironmentVariables['PYTHONIOENCODING'] = 'utf-8'
        $start.WorkingDirectory = Get-CurrentFolder
        if (-not [IO.Directory]::Exists($start.WorkingDirectory)) { $start.WorkingDirectory = [IO.Path]::GetPathRoot($script:StateFolder) }
        $start
    }

    # Updates the state in the background; with -Wait, so that the next prompt shows it.
    function Update-State([switch]$Wait) {
        $start = New-StartInfo 'prompt', '--keep'
        $start.CreateNoWindow = $true
        $start.RedirectStandardInput = $true
        $start.RedirectStandardError = $true
        $process = [Diagnostics.Process]::Start($start)
        $script:Started += $process
        $process.StandardInput.Dispose()
        # Read, or else a program that writes much would never end.
        $null = $process.StandardOutput.BaseStream.CopyToAsync([IO.Stream]::Null)
        $null = $process.StandardError.BaseStream.CopyToAsync([IO.Stream]::Null)
        if ($Wait) { $null = $process.WaitForExit(5000) }
    }

    # Closes the handles of processes that have ended.
    function Clear-Started {
        foreach ($each in $script:Started) {
            if ($each.HasExited) {
                $each.StandardOutput.Dispose()
                $each.StandardError.Dispose()
                $each.Dispose()
                $script:Started = @($script:Started | Where-Object { $_ -ne $each })
            }
        }
    }

    # Updates the state in the background: at most once in two seconds for each state file.
    function Request-State([string]$file, [long]$now) {
        if ($now -ge $script:Asked + 2 -or $now -lt $script:Asked) {
            $script:Asked = $now
            $script:AskedFor = @()
        }
        if ($script:AskedFor -ccontains $file) { return }
        $script:AskedFor += $file
        Update-State
    }

    # Sets SSOHELPER_PROMPT and the color. If the program cannot be started, the previous state is shown.
    function Update-Prompt {
        $env:SSOHELPER_PROMPT = ''
        $script:Color = ''
        if ($script:Started) { Clear-Started }
        $now = [DateTimeOffset]::UtcNow.ToUnixTimeSeconds()
        $file = Get-StateFile
        $state = Read-State $file
        try { if (Test-Stale $state $now) { Request-State $file $now } } catch { }
        if ($null -ne $state) { Format-State $state $now }
    }

    # Sets SSOHELPER_PROMPT and the color from a state, as shell/prompt.py does.
    function Format-State($state, [long]$now) {
        if ($state.State -eq 'none') { return }
        $left = $state.ExpiresAt - $now
        if ($state.State -eq 'expired' -or ($state.State -eq 'expiring' -and $left -le 0)) {
            $env:SSOHELPER_PROMPT = "$($state.Label): sign in"
            $script:Color = 'DarkRed'
            return
        }
        if ($state.State -eq 'missing') {
            $env:SSOHELPER_PROMPT = "$($state.Label): not found"
            $script:Color = 'DarkRed'
            return
        }
        $env:SSOHELPER_PROMPT = $state.Label
        $script:Color = $state.Color
        if ($left -le 0) { return }
        if ($now -ge $state.WarnAt) { if (-not $script:Color) { $script:Color = 'DarkYellow' } } elseif ($state.State -ne 'expiring') { return }
        $minutes = [Math]::Floor($left / 60)
        $shown = "${left}s"
        if ($left -ge 3600) { $shown = '{0}h{1:00}m' -f [Math]::Floor($minutes / 60), ($minutes % 60) } elseif ($minutes -ge 1) { $shown = "${minutes}m" }
        $env:SSOHELPER_PROMPT = "$($state.Label) $shown"
    }

    function Write-Segment {
        if (-not $env:SSOHELPER_PROMPT) { return }
        if (-not $script:Color -or $env:NO_COLOR -or $env:TERM -eq 'dumb') {
            Write-Host "$env:SSOHELPER_PROMPT " -NoNewline
        } else {
            Write-Host $env:SSOHELPER_PROMPT -NoNewline -ForegroundColor $script:Color
            Write-Host ' ' -NoNewline
        }
    }

    # $Error as it was: it has at most 256 entries, so one of ours would push out the oldest.
    function Restore-Errors([object[]]$before) {
        if ($global:Error.Count -eq $before.Count -and ($before.Count -eq 0 -or $global:Error[0] -eq $before[0])) { return }
        $global:Error.Clear()
        if ($before) { $global:Error.AddRange($before) }
    }

    <#
    .SYNOPSIS
    Sets SSOHELPER_PROMPT for a prompt of your own.
    .DESCRIPTION
    With `shell-init powershell --no-prompt`, nothing calls this: do so in your prompt, or in what your prompt runs first:
        function Invoke-Starship-PreCommand { Update-SsohelperPrompt }
        function Set-PoshContext { Update-SsohelperPrompt }
    #>
    function Update-SsohelperPrompt {
        [CmdletBinding()]
        param()
        $errors = $global:Error.ToArray()
        try { Update-Prompt } catch { $env:SSOHELPER_PROMPT = '' }
        Restore-Errors $errors
    }

    # The prompt that runs before the existing one, which must find $?, $LASTEXITCODE and $Error as the last command
    # left them.
    $script:Before = $function:prompt
    $script:Removed = $false # then a prompt that another tool has wrapped does nothing of its own
    $script:Ours = {
        $succeeded = $global:?
        if (-not $script:Removed) {
            $code = $global:LASTEXITCODE
            $errors = $global:Error.ToArray()
            Update-SsohelperPrompt
            try { Write-Segment } catch { }
            Restore-Errors $errors
            $global:LASTEXITCODE = $code
        }
        if (-not $succeeded) { Write-Error '' -ErrorAction Ignore }
        if ($script:Before) { & $script:Before }
    }
    if ($script:Draw -eq 'yes') { $function:global:prompt = $script:Ours } else { Update-SsohelperPrompt }

    # After `Remove-Module ssohelper`, the prompt is the one of before, unless another tool has wrapped ours.
    $ExecutionContext.SessionState.Module.OnRemove = {
        $script:Removed = $true
        $env:SSOHELPER_PROMPT = $null
        if ("$function:prompt" -ne "$script:Ours") { return }
        # If there was none, PowerShell removes ours with the module.
        if ($script:Before) { $function:global:prompt = $script:Before }
    }

    # The output of `ssohelper use` for a shell: a profile's name, or nothing if the exit code is not 0.
    function Select-Profile([string[]]$words) {
        $process = [Diagnostics.Process]::Start((New-StartInfo (@('use', '--in-shell', '--') + $words)))
        try {
            $name = $process.StandardOutput.ReadToEnd().TrimEnd("`r", "`n")
            $process.WaitForExit()
            @{ Name = $name; Code = $process.ExitCode }
        } finally {
            $process.StandardOutput.Dispose()
            $process.Dispose()
        }
    }

    function Write-Line([string]$line) { [Console]::Error.WriteLine($line) }

    # Does what `ssohelper use` does in other shells. Returns the exit code.
    function Set-CurrentProfile([string[]]$words) {
        $kept = $global:SsohelperKept
        $name = ''
        if ($words.Count -gt 0 -and $words[0] -ceq '-') {
            if ($null -eq $kept.Previous) {
                Write-Line 'ssohelper: no previous profile in this shell'
                Write-Line 'hint: ssohelper-use'
                return 1
            }
            # The program asks before a profile is used that has to be confirmed.
            $words = if ($kept.Previous) { @('-p', $kept.Previous) + @($words | Select-Object -Skip 1) } else { @('--unset') }
        }
        if ($words.Count -ne 1 -or $words[0] -cne '--unset') {
            $chosen = Select-Profile $words
            if ($chosen.Code -ne 0) { return $chosen.Code }
            $name = $chosen.Name
        }
        $kept.Previous = "$env:AWS_PROFILE"
        if ($env:AWS_DEFAULT_PROFILE) { $kept.Previous = $env:AWS_DEFAULT_PROFILE }
        $env:AWS_DEFAULT_PROFILE = $null
        $env:AWS_PROFILE = if ($name) { $name } else { $null }
        # Without it, the SDKs 2 for JavaScript and 1 for Go read no config file.
        if ($name -and -not $env:AWS_SDK_LOAD_CONFIG) {
            $env:AWS_SDK_LOAD_CONFIG = '1'
            $kept.LoadConfig = $true
        } elseif (-not $name -and $kept.LoadConfig) {
            $env:AWS_SDK_LOAD_CONFIG = $null
            $kept.LoadConfig = $false
        }
        if ($name -and $global:StoredAWSCredentials) {
            Write-Line 'ssohelper: $StoredAWSCredentials is set, and overrides AWS_PROFILE in the cmdlets of AWS Tools'
            Write-Line 'hint: Clear-AWSCredential'
        }
        try { Update-State -Wait } catch { }
        0
    }

    <#
    .SYNOPSIS
    Uses a profile in this session: sets AWS_PROFILE.
    .DESCRIPTION
    The words are those of `ssohelper use` in other shells: a name, - for the previous profile, --unset for none; without
    any, you choose from a list. `ssohelper-use --help` shows all options. If it fails, $? is False.

    Not called `ssohelper`: such a function would not get its arguments unchanged.
    .EXAMPLE
    ssohelper-use payments-prod.ReadOnly
    .EXAMPLE
    ssohelper-use payments-prod.ReadOnly && terraform plan
    .LINK
    Update-SsohelperPrompt
    #>
    function ssohelper-use {
        [CmdletBinding(PositionalBinding = $false)]
        # Name and PrintAll are declared, or else PowerShell would take -p and -v for parameters that every command has.
        param(
            # A name, or options, as of `ssohelper use`.
            [Parameter(ValueFromRemainingArguments = $true)][AllowEmptyCollection()][AllowEmptyString()][string[]]$Words,
            # The profile's name.
            [Alias('p', 'profile')][string]$Name,
            # Print everything, as --verbose.
            [Alias('v')][switch]$PrintAll
        )
        $given = @(if ($Words) { $Words }; if ($Name) { '-p', $Name }; if ($PrintAll) { '-v' })
        if ($given.Count -eq 1 -and $given[0] -cin '-h', '--help') { return & $script:Program use --help }
        $errors = $global:Error.ToArray()
        $code = 127
        try { $code = Set-CurrentProfile $given } catch { Write-Line "ssohelper: $($_.Exception.Message)" }
        Restore-Errors $errors
        $global:LASTEXITCODE = $code
        if ($code -eq 0) { return }
        # An error without a message (one was printed), so that $? is False, && and || work, and Stop ends a script.
        $failure = New-Object -TypeName InvalidOperationException -ArgumentList "ssohelper-use failed with exit code $code"
        $record = New-Object -TypeName Management.Automation.ErrorRecord -ArgumentList $failure, 'ssohelper', 'NotSpecified', $null
        if ('Stop' -in $PSCmdlet.GetVariableValue('ErrorActionPreference'), $PSBoundParameters['ErrorAction']) { $PSCmdlet.ThrowTerminatingError($record) }
        $ErrorActionPreference = if ($PSVersionTable.PSVersion.Major -gt 5) { 'Ignore' } else { 'SilentlyContinue' }
        $PSCmdlet.WriteError($record)
        Restore-Errors $errors
    }

    Export-ModuleMember -Function 'Update-SsohelperPrompt', 'ssohelper-use'
} | Import-Module -Global -DisableNameChecking
