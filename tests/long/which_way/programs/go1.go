package main

import (
	"fmt"
	"log"
	"os"

	"github.com/aws/aws-sdk-go/aws"
	"github.com/aws/aws-sdk-go/aws/endpoints"
	"github.com/aws/aws-sdk-go/aws/session"
	"github.com/aws/aws-sdk-go/service/sts"
)

func main() {
	urls := map[string]string{"portal.sso": "SSO", "oidc": "SSO_OIDC", "sts": "STS"}
	local := func(service, region string, more ...func(*endpoints.Options)) (endpoints.ResolvedEndpoint, error) {
		if name, found := urls[service]; found {
			url := os.Getenv("AWS_ENDPOINT_URL_" + name)
			return endpoints.ResolvedEndpoint{URL: url, SigningRegion: region}, nil
		}
		return endpoints.DefaultResolver().EndpointFor(service, region, more...)
	}
	ready, err := session.NewSession(&aws.Config{EndpointResolver: endpoints.ResolverFunc(local)})
	if err != nil {
		log.Fatal(err)
	}
	identity, err := sts.New(ready).GetCallerIdentity(&sts.GetCallerIdentityInput{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(identity)
}
