const AWS = require("aws-sdk");
AWS.config.update({
  endpoint: process.env.AWS_ENDPOINT_URL_STS,
  sso: { endpoint: process.env.AWS_ENDPOINT_URL_SSO },
  ssooidc: { endpoint: process.env.AWS_ENDPOINT_URL_SSO_OIDC },
});
