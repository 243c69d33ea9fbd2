# ssohelper in PowerShell: ssohelper shell-init powershell | Out-String | iex. What is drawn here starts no process.

$null = New-Module -Name ssohelper -ScriptBlock {
    Set-StrictMode -Off
    $script:Program = @program@
    $script:States = @states@
    $script:Tokens = @tokens@
    $script:Renewals = @renewals@
    $script:Settings = @settings@
    $script:Config = @config@
    $script:Draws = @draws@
    $script:File = ''
    $script:Asked = 0
    $script:Color = ''
    $script:Previous = $null # the profile before, empty where none was used; null before the first `use`

    # The state file of the present profile, job or session.
    function Get-StateFile {
        foreach ($each in 'profile AWS_DEFAULT_PROFILE', 'profile AWS_PROFILE', 'exec SSOHELPER_EXEC', 'session SSOHELPER_SESSION') {
            $kind, $variable = $each.Split(' ')
            $subject = [Environment]::GetEnvironmentVariable($variable)
            if ($subject) {
                # Windows PowerShell leaves these as they are.
                $name = [regex]::Replace([Uri]::EscapeDataString($subject), "[!*'()]", { param($found) '%{0:X2}' -f [int][char]$found.Value })
                return [IO.Path]::Combine($script:States, "$kind.$name")
            }
        }
        [IO.Path]::Combine($script:States, 'only')
    }

    # The fields of a state; null where they are not what we write: nothing of it is shown.
    function Read-State([string]$file) {
        if (-not [IO.File]::Exists($file)) { return $null }
        $bytes = New-Object -TypeName 'byte[]' -ArgumentList 400
        # Its writer has to be able to replace it meanwhile.
        $stream = [IO.File]::Open($file, 'Open', 'Read', 'ReadWrite, Delete')
        try { $count = $stream.Read($bytes, 0, 400) } finally { $stream.Dispose() }
        $line = [Text.Encoding]::ASCII.GetString($bytes, 0, $count).Split("`n")[0]
        $found = [regex]::Match($line, '\A1 (well|ends|dead|none) ([0-9]{1,12}) ([0-9]{1,12}) ([0-9]{1,12}) ([0-9a-f]+) ([A-Za-z0-9 ._@+=,/:~-]{0,299})\z')
        if (-not $found.Success) { return $null }
        @{
            What = $found.Groups[1].Value
            Until = [long]$found.Groups[2].Value
            Amber = [long]$found.Groups[3].Value
            Check = [long]$found.Groups[4].Value
            Token = $found.Groups[5].Value
            Label = $found.Groups[6].Value
        }
    }

    # The folder that one is in, of which .NET knows nothing.
    function Get-Here { (Get-Location -PSProvider FileSystem).ProviderPath }

    # Whether something has changed since the state was written. A file that is not there was changed in 1601.
    function Test-Stale($state, [string]$file, [long]$now) {
        if ($null -eq $state) { return $true }
        $config = $script:Config
        if ($env:AWS_CONFIG_FILE) { $config = $env:AWS_CONFIG_FILE }
        if ($env:SSOHELPER_AWS_CONFIG_FILE) { $config = $env:SSOHELPER_AWS_CONFIG_FILE }
        $config = [IO.Path]::Combine((Get-Here), $config)
        $token = [IO.Path]::Combine($script:Tokens, "$($state.Token).json")
        $written = [IO.File]::GetLastWriteTimeUtc($file)
        foreach ($each in $config, $script:Settings, $token, [IO.Path]::Combine($script:Renewals, "$($state.Token).json")) {
            if ([IO.File]::GetLastWriteTimeUtc($each) -gt $written) { return $true }
        }
        if ($state.What -notin 'dead', 'none' -and -not [IO.File]::Exists($token)) { return $true }
        $state.Check -gt 0 -and $now -ge $state.Check
    }

    # Have the state made anew: in the background, or so that already the next prompt shows what has changed.
    function Start-Keeping([switch]$Wait) {
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

    # What is to be shown, in SSOHELPER_PROMPT, and in which color.
    function Update-Prompt {
        $env:SSOHELPER_PROMPT = ''
        $script:Color = ''
        $now = [DateTimeOffset]::UtcNow.ToUnixTimeSeconds()
        $file = Get-StateFile
        $state = Read-State $file
        if (Test-Stale $state $file $now) {
            if ($file -cne $script:File -or $now -ge $script:Asked + 2 -or $now -lt $script:Asked) {
                $script:File = $file
                $script:Asked = $now
                try { Start-Keeping } catch { } # what is known is shown all the same
            }
        } else {
            $script:Asked = 0
        }
        if ($null -eq $state -or $state.What -eq 'none') { return }
        if ($state.What -eq 'dead' -or ($state.What -eq 'ends' -and $now -ge $state.Until)) {
            $env:SSOHELPER_PROMPT = "$($state.Label): sign in"
            $script:Color = 'Red'
            return
        }
        $env:SSOHELPER_PROMPT = $state.Label
        $left = $state.Until - $now
        if ($left -le 0) { return }
        if ($now -ge $state.Amber) { $script:Color = 'Yellow' } elseif ($state.What -ne 'ends') { return }
        $minutes = [Math]::Floor($left / 60)
        $shown = "${left}s"
        if ($left -ge 3600) { $shown = '{0}h{1:00}m' -f [Math]::Floor($minutes / 60), ($minutes % 60) } elseif ($minutes -ge 1) { $shown = "${minutes}m" }
        $env:SSOHELPER_PROMPT = "$($state.Label) $shown"
    }

    function Write-Segment {
        if ($script:Draws -ne 'yes' -or -not $env:SSOHELPER_PROMPT) { return }
        if (-not $script:Color -or $env:NO_COLOR -or $env:TERM -eq 'dumb') {
            Write-Host "$env:SSOHELPER_PROMPT " -NoNewline
        } else {
            Write-Host $env:SSOHELPER_PROMPT -NoNewline -ForegroundColor $script:Color
            Write-Host ' ' -NoNewline
        }
    }

    # Before the prompt that was there, which is to find $?, $LASTEXITCODE and $Error as the last command left them.
    if ("$function:prompt" -notmatch 'SsohelperPrompt') { $global:SsohelperPromptBefore = $function:prompt }
    $script:Before = $global:SsohelperPromptBefore
    # Where this is loaded twice, and somebody has wrapped our prompt meanwhile, only the last one draws.
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

    # What `ssohelper use` is in other shells. `ssohelper` stays the program here: a function would get what is typed
    # behind it as PowerShell reads it: without the `--`, and a,b as a list.
    function global:ssohelper-use {
        $name = ''
        if ("$args" -eq '-') {
            if ($null -eq $script:Previous) {
                [Console]::Error.WriteLine('ssohelper: no other profile was used in this shell')
                [Console]::Error.WriteLine('hint: ssohelper-use')
                $global:LASTEXITCODE = 1
                return
            }
            $name = $script:Previous
        } elseif ("$args" -in '-h', '--help') {
            & $script:Program use --help
            return
        } elseif ("$args" -ne '--unset') {
            $PSNativeCommandUseErrorActionPreference = $false # the code is looked at here
            $global:LASTEXITCODE = 127 # where the program cannot be started
            $name = & $script:Program use --in-shell @args
            if ($global:LASTEXITCODE -ne 0) { return }
        }
        $script:Previous = "$env:AWS_PROFILE"
        if ($env:AWS_DEFAULT_PROFILE) { $script:Previous = $env:AWS_DEFAULT_PROFILE }
        Remove-Item -ErrorAction Ignore -Path 'Env:AWS_DEFAULT_PROFILE', 'Env:AWS_PROFILE'
        if ($name) { $env:AWS_PROFILE = $name }
        Start-Keeping -Wait
        $global:LASTEXITCODE = 0
    }

    Export-ModuleMember
}
