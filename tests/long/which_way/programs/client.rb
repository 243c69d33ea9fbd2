require "aws-sdk-core"
Aws.config[:sso] = { endpoint: ENV["AWS_ENDPOINT_URL_SSO"] }
Aws.config[:ssooidc] = { endpoint: ENV["AWS_ENDPOINT_URL_SSO_OIDC"] }
puts Aws::STS::Client.new(endpoint: ENV["AWS_ENDPOINT_URL_STS"]).get_caller_identity
