<?php
require "/usr/share/php/AsyncAws/Core/autoload.php";
$options = AsyncAws\Core\Configuration::create(["endpoint" => getenv("AWS_ENDPOINT_URL_STS")]);
$chain = AsyncAws\Core\Credentials\ChainProvider::createDefaultChain();
if (!$chain->getCredentials($options)) {
    exit("error: no credentials were found\n");
}
echo (new AsyncAws\Core\Sts\StsClient($options, $chain))->getCallerIdentity()->getArn(), "\n";
