import { STSClient, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import * as providers from "@aws-sdk/credential-providers";
const provider = process.argv[2];
try {
  const credentials = provider ? { credentials: providers[provider]() } : {};
  const client = new STSClient({ endpoint: process.env.AWS_ENDPOINT_URL_STS, ...credentials });
  console.log(await client.send(new GetCallerIdentityCommand({})));
} catch (error) {
  console.log(`error: ${error.message}`);
  process.exit(1);
}
