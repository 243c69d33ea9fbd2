# Completion of `ssohelper` in PowerShell: see `ssohelper completion --help`.

# Also for other names, such as an alias: Register-ArgumentCompleter -Native -CommandName s -ScriptBlock $SsohelperCompleter
$global:SsohelperCompleter = {
    param($typed, $command, $cursor)
    Set-StrictMode -Off
    $ErrorActionPreference = 'SilentlyContinue'
    $code = $global:LASTEXITCODE
    $errors = $global:Error.ToArray()
    $encoding = [Console]::OutputEncoding
    try {
        $before = @($command.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -lt $cursor })
        $separator = $before | Where-Object { $_.Extent.Text -eq '--' } | Select-Object -First 1
        if ($separator) {
            # The words after -- are another command, which has its own completion; it has to be a program.
            $length = $cursor - $command.Extent.StartOffset
            $line = $command.Extent.Text.PadRight($length).Substring(0, $length)
            $inner = $line.Substring($separator.Extent.EndOffset - $command.Extent.StartOffset).TrimStart()
            if (-not $inner) { return }
            $offered = @((TabExpansion2 -inputScript $inner -cursorColumn $inner.Length).CompletionMatches | Where-Object {
                $_.ResultType -ne 'Command' -or (Get-Command -Name $_.ListItemText -CommandType Application)
            })
            # Without an offer, PowerShell would make its own.
            if (-not $offered -and $typed) { $offered = [Management.Automation.CompletionResult]::new($typed) }
            return $offered
        }
        $name = $command.GetCommandName()
        $current = $command.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -ge $cursor } | Select-Object -First 1
        $words = @(@($before) + @($current) | ForEach-Object {
            if ($_.ParameterName -in 'Name', 'profile') { '-p' } elseif ($_.Value -is [string]) { $_.Value } else { $_.Extent.Text }
        })
        if (-not $current) { $words += '' }
        if ($name -eq 'ssohelper-use') { $words = @('use') + $words }
        $words[-1] = '=' + $words[-1] # PowerShell before 7.3 drops empty arguments
        $program = Get-Command -Name $name, 'ssohelper' -CommandType Application | Select-Object -First 1
        if (-not $program) { return }
        [Console]::OutputEncoding = [Text.Encoding]::UTF8
        # Each word in quotes of its own, since PowerShell expands wildcards in those of a list.
        $quoted = foreach ($number in 0..($words.Count - 1)) { '"$($words[' + $number + '])"' }
        foreach ($line in & ([scriptblock]::Create("& `$program complete powershell '--' $($quoted -join ' ') 2>`$null"))) {
            $value, $description = $line.Split("`t")
            if (-not $description) { $description = $value }
            [Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $description)
        }
    } finally {
        [Console]::OutputEncoding = $encoding
        $global:LASTEXITCODE = $code
        $global:Error.Clear()
        if ($errors) { $global:Error.AddRange($errors) }
    }
}
$null = & {
    Register-ArgumentCompleter -Native -CommandName ssohelper -ScriptBlock $global:SsohelperCompleter # also for its full path
    # A function is completed by parameter.
    foreach ($parameter in 'Words', 'Name') {
        Register-ArgumentCompleter -CommandName ssohelper-use -ParameterName $parameter -ScriptBlock {
            param($name, $parameter, $typed, $command)
            & $global:SsohelperCompleter $typed $command $command.Extent.EndOffset
        }
    }
}
