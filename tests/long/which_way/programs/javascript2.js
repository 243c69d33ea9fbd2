const AWS = require("aws-sdk");
const { AWS_ENDPOINT_URL_SSO, AWS_ENDPOINT_URL_SSO_OIDC, AWS_ENDPOINT_URL_STS } = process.env;
AWS.config.update({ sso: { endpoint: AWS_ENDPOINT_URL_SSO }, ssooidc: { endpoint: AWS_ENDPOINT_URL_SSO_OIDC } });
new AWS.STS({ endpoint: AWS_ENDPOINT_URL_STS, region: "us-east-1" }).getCallerIdentity((error, data) => {
  console.log(error ? `error: ${error.message}` : data);
  process.exit(error ? 1 : 0);
});
