# What TAB offers behind `ssohelper` in PowerShell: see `ssohelper completion --help`.

Register-ArgumentCompleter -Native -CommandName 'ssohelper', 'ssohelper-use' -ScriptBlock {
    param($typed, $command, $cursor)
    Set-StrictMode -Off
    $ErrorActionPreference = 'SilentlyContinue'
    $before = @($command.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -lt $cursor })
    $end = $before | Where-Object { $_.Extent.Text -eq '--' } | Select-Object -First 1
    if ($end) {
        # Behind it stands another command, with offers of its own.
        $length = $cursor - $command.Extent.StartOffset
        $line = $command.Extent.Text.PadRight($length).Substring(0, $length)
        $behind = $line.Substring($end.Extent.EndOffset - $command.Extent.StartOffset).TrimStart()
        if ($behind) { (TabExpansion2 -inputScript $behind -cursorColumn $behind.Length).CompletionMatches }
        return
    }
    $words = @($before | ForEach-Object { if ($_.Value -is [string]) { $_.Value } else { $_.Extent.Text } })
    if ($command.GetCommandName() -eq 'ssohelper-use') { $words = @('use') + $words }
    $program = Get-Command -Name ssohelper -CommandType Application -ErrorAction Ignore | Select-Object -First 1
    if (-not $program) { return }
    $code = $global:LASTEXITCODE
    # PowerShell before 7.3 hands no empty word on.
    & $program complete powershell '--' @words "=$($typed.Trim([char[]]"'`""))" 2>$null | ForEach-Object {
        $value, $what = $_.Split("`t")
        if (-not $what) { $what = $value }
        New-Object -TypeName Management.Automation.CompletionResult -ArgumentList $value, $value, 'ParameterValue', $what
    }
    $global:LASTEXITCODE = $code
}
