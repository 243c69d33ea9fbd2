# Completion of `ssohelper` in PowerShell: see `ssohelper completion --help`.

Register-ArgumentCompleter -Native -CommandName 'ssohelper', 'ssohelper-use' -ScriptBlock {
    param($typed, $command, $cursor)
    Set-StrictMode -Off
    $ErrorActionPreference = 'SilentlyContinue'
    $before = @($command.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -lt $cursor })
    $separator = $before | Where-Object { $_.Extent.Text -eq '--' } | Select-Object -First 1
    if ($separator) {
        # The words after -- are another command, which has its own completion.
        $length = $cursor - $command.Extent.StartOffset
        $line = $command.Extent.Text.PadRight($length).Substring(0, $length)
        $inner = $line.Substring($separator.Extent.EndOffset - $command.Extent.StartOffset).TrimStart()
        if ($inner) { (TabExpansion2 -inputScript $inner -cursorColumn $inner.Length).CompletionMatches }
        return
    }
    $words = @($before | ForEach-Object { if ($_.Value -is [string]) { $_.Value } else { $_.Extent.Text } })
    if ($command.GetCommandName() -eq 'ssohelper-use') { $words = @('use') + $words }
    $program = Get-Command -Name ssohelper -CommandType Application -ErrorAction Ignore | Select-Object -First 1
    if (-not $program) { return }
    $code = $global:LASTEXITCODE
    $partial = '=' + $typed.Trim([char[]]'''"') # PowerShell before 7.3 drops empty arguments, hence the `=`
    & $program complete powershell '--' @words $partial 2>$null | ForEach-Object {
        $value, $description = $_.Split("`t")
        if (-not $description) { $description = $value }
        New-Object -TypeName Management.Automation.CompletionResult -ArgumentList $value, $value, 'ParameterValue', $description
    }
    $global:LASTEXITCODE = $code
}
