# ssohelper in PowerShell: ssohelper shell-init powershell | Out-String | iex. Drawing the prompt starts no process.

$null = New-Module -Name ssohelper -ScriptBlock {
    Set-StrictMode -Off
    $script:Program = @program@
    $script:StateFolder = @state_folder@
    $script:TokenFolder = @token_folder@
    $script:HistoryFolder = @history_folder@
    $script:SettingsFile = @settings_file@
    $script:DefaultConfig = @default_config@
    $script:Draw = @draw@
    $script:File = ''
    $script:Asked = 0
    $script:Color = ''
    $script:LoadConfig = $false
    $script:Previous = $null # the previous profile: empty if none was set, null before the first `ssohelper-use`

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

    # The fields of a state. If one of them is invalid, the result is null and nothing is evaluated or shown.
    function Read-State([string]$file) {
        if (-not [IO.File]::Exists($file)) { return $null }
        $bytes = New-Object -TypeName 'byte[]' -ArgumentList 700
        # The program must be able to replace the file while it is open here.
        $stream = [IO.File]::Open($file, 'Open', 'Read', 'ReadWrite, Delete')
        try { $count = $stream.Read($bytes, 0, 700) } finally { $stream.Dispose() }
        $line = [Text.Encoding]::ASCII.GetString($bytes, 0, $count).Split("`n")[0]
        $found = [regex]::Match($line, '\A4 (valid|expiring|expired|none|plain|missing) ([0-9]{1,12}) ([0-9]{1,12}) ([0-9]{1,12}) ([0-9a-f]+) ([^ ]+) (0|3[1-6]) ([A-Za-z0-9 ._@+=,/:~-]{0,299})\z')
        if (-not $found.Success) { return $null }
        # On a case-insensitive file system, this may be the state of another profile.
        if ($found.Groups[6].Value -cne [IO.Path]::GetFileName($file)) { return $null }
        @{
            State = $found.Groups[1].Value
            ExpiresAt = [long]$found.Groups[2].Value
            WarnAt = [long]$found.Groups[3].Value
            RecheckAt = [long]$found.Groups[4].Value
            Token = $found.Groups[5].Value
            Color = @('', 'Red', 'Green', 'Yellow', 'Blue', 'Magenta', 'Cyan')[[int]$found.Groups[7].Value % 30]
            Label = $found.Groups[8].Value
        }
    }

    # .NET does not know PowerShell's current folder.
    function Get-Here { (Get-Location -PSProvider FileSystem).ProviderPath }

    # The AWS config file, by the rule of ssohelper/storage/folders.py. It is null if the value contains a variable or
    # another user's home folder, which are not expanded here: then only the program can tell.
    function Get-ConfigFile {
        $path = $env:AWS_CONFIG_FILE
        if ($null -eq $path) {
            $path = $script:DefaultConfig
        } elseif (-not $path) { # never so on Windows
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
        [IO.Path]::Combine((Get-Here), $path)
    }

    # Whether the program has to update the state, because a file that it was made from has changed or it is time to.
    # The time of a file that does not exist is in 1601.
    function Test-Stale($state, [string]$file, [long]$now) {
        if ($null -eq $state) { return $true }
        $config = Get-ConfigFile
        if ($null -eq $config) { return $true }
        $token = [IO.Path]::Combine($script:TokenFolder, "$($state.Token).json")
        $history = [IO.Path]::Combine($script:HistoryFolder, "$($state.Token).json")
        $written = [IO.File]::GetLastWriteTimeUtc($file)
        foreach ($each in $config, $script:SettingsFile, $token, $history) {
            if ([IO.File]::GetLastWriteTimeUtc($each) -ge $written) { return $true }
        }
        if ($state.State -notin 'expired', 'none', 'plain', 'missing' -and -not [IO.File]::Exists($token)) { return $true }
        $state.RecheckAt -gt 0 -and $now -ge $state.RecheckAt
    }

    # Updates the state in the background; with -Wait, so that the next prompt shows it.
    function Update-State([switch]$Wait) {
        $start = New-Object -TypeName Diagnostics.ProcessStartInfo -ArgumentList $script:Program, 'prompt --keep'
        $start.WorkingDirectory = Get-Here
        $start.UseShellExecute = $false
        $start.CreateNoWindow = $true
        $start.RedirectStandardInput = $true
        $start.RedirectStandardOutput = $true
        $start.RedirectStandardError = $true
        $process = [Diagnostics.Process]::Start($start)
        $process.StandardInput.Close()
        if ($Wait) { $process.WaitForExit() }
    }

    # Sets SSOHELPER_PROMPT and the color.
    function Update-Prompt {
        $env:SSOHELPER_PROMPT = ''
        $script:Color = ''
        $now = [DateTimeOffset]::UtcNow.ToUnixTimeSeconds()
        $file = Get-StateFile
        $state = Read-State $file
        if (-not (Test-Stale $state $file $now)) {
            $script:Asked = 0
        } elseif ($file -cne $script:File -or $now -ge $script:Asked + 2 -or $now -lt $script:Asked) {
            $script:File = $file
            $script:Asked = $now
            try { Update-State } catch { } # the previous state is shown
        }
        if ($null -ne $state) { Format-State $state $now }
    }

    # Sets SSOHELPER_PROMPT and the color from a state, as shell/prompt.py does.
    function Format-State($state, [long]$now) {
        if ($state.State -eq 'none') { return }
        $left = $state.ExpiresAt - $now
        if ($state.State -eq 'expired' -or ($state.State -eq 'expiring' -and $left -le 0)) {
            $env:SSOHELPER_PROMPT = "$($state.Label): sign in"
            $script:Color = 'Red'
            return
        }
        if ($state.State -eq 'missing') {
            $env:SSOHELPER_PROMPT = "$($state.Label): not found"
            $script:Color = 'Red'
            return
        }
        $env:SSOHELPER_PROMPT = $state.Label
        $script:Color = $state.Color
        if ($left -le 0) { return }
        if ($now -ge $state.WarnAt) { if (-not $script:Color) { $script:Color = 'Yellow' } } elseif ($state.State -ne 'expiring') { return }
        $minutes = [Math]::Floor($left / 60)
        $shown = "${left}s"
        if ($left -ge 3600) { $shown = '{0}h{1:00}m' -f [Math]::Floor($minutes / 60), ($minutes % 60) } elseif ($minutes -ge 1) { $shown = "${minutes}m" }
        $env:SSOHELPER_PROMPT = "$($state.Label) $shown"
    }

    function Write-Segment {
        if ($script:Draw -ne 'yes' -or -not $env:SSOHELPER_PROMPT) { return }
        if (-not $script:Color -or $env:NO_COLOR -or $env:TERM -eq 'dumb') {
            Write-Host "$env:SSOHELPER_PROMPT " -NoNewline
        } else {
            Write-Host $env:SSOHELPER_PROMPT -NoNewline -ForegroundColor $script:Color
            Write-Host ' ' -NoNewline
        }
    }

    # Runs before the existing prompt, which must find $?, $LASTEXITCODE and $Error as the last command left them.
    if ("$function:prompt" -notmatch 'SsohelperPrompt') { $global:SsohelperPromptBefore = $function:prompt }
    $script:Before = $global:SsohelperPromptBefore
    # If this is loaded twice and another tool has wrapped our prompt in between, only the last one draws.
    $script:Owner = $global:SsohelperPromptOwner = [guid]::NewGuid()
    function global:prompt {
        $succeeded = $global:?
        $code = $global:LASTEXITCODE
        $errors = $global:Error.Count
        if ($global:SsohelperPromptOwner -eq $script:Owner) {
            try { Update-Prompt; Write-Segment } catch { $env:SSOHELPER_PROMPT = '' }
            while ($global:Error.Count -gt $errors) { $global:Error.RemoveAt(0) }
        }
        $global:LASTEXITCODE = $code
        if (-not $succeeded) { Write-Error '' -ErrorAction Ignore }
        & $script:Before
    }

    # `ssohelper use` of the other shells. A function called `ssohelper` would not get its arguments unchanged:
    # PowerShell removes `--` and turns a,b into a list.
    function global:ssohelper-use {
        $name = ''
        $words = $args
        if ("$args" -eq '-' -or "$args" -like '- *') {
            if ($null -eq $script:Previous) {
                [Console]::Error.WriteLine('ssohelper: no previous profile in this shell')
                [Console]::Error.WriteLine('hint: ssohelper-use')
                $global:LASTEXITCODE = 1
                return
            }
            # The program asks before a profile is used that has to be confirmed.
            $words = @('-p', $script:Previous) + @($args | Select-Object -Skip 1)
            if (-not $script:Previous) { $words = @() }
        } elseif ("$args" -in '-h', '--help') {
            & $script:Program use --help
            return
        } elseif ("$args" -eq '--unset') {
            $words = @()
        }
        if ("$args" -eq '' -or $words) {
            $PSNativeCommandUseErrorActionPreference = $false # the exit code is checked here
            $global:LASTEXITCODE = 127 # if the program cannot be started
            $name = & $script:Program use --in-shell @words
            if ($global:LASTEXITCODE -ne 0) { return }
        }
        $script:Previous = "$env:AWS_PROFILE"
        if ($env:AWS_DEFAULT_PROFILE) { $script:Previous = $env:AWS_DEFAULT_PROFILE }
        Remove-Item -ErrorAction Ignore -Path 'Env:AWS_DEFAULT_PROFILE', 'Env:AWS_PROFILE'
        if ($name) { $env:AWS_PROFILE = $name }
        # Without it, the SDKs 2 for JavaScript and 1 for Go read no config file.
        if ($name -and -not $env:AWS_SDK_LOAD_CONFIG) {
            $env:AWS_SDK_LOAD_CONFIG = '1'
            $script:LoadConfig = $true
        } elseif (-not $name -and $script:LoadConfig) {
            Remove-Item -ErrorAction Ignore -Path 'Env:AWS_SDK_LOAD_CONFIG'
            $script:LoadConfig = $false
        }
        Update-State -Wait
        $global:LASTEXITCODE = 0
    }

    Export-ModuleMember
}
