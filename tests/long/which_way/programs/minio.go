package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

func main() {
	chain := credentials.NewChainCredentials([]credentials.Provider{
		&credentials.EnvAWS{}, &credentials.FileAWSCredentials{}, &credentials.IAM{},
	})
	host := strings.TrimPrefix(os.Getenv("AWS_ENDPOINT_URL_S3"), "http://")
	client, err := minio.New(host, &minio.Options{Creds: chain, Region: "us-east-1"})
	if err != nil {
		log.Fatal(err)
	}
	found, err := client.BucketExists(context.Background(), "bucket")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(found)
}
