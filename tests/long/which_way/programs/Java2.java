import java.net.URI;
import software.amazon.awssdk.services.sts.StsClient;

final class Client {
    public static void main(String[] arguments) {
        URI url = URI.create(System.getenv("AWS_ENDPOINT_URL_STS"));
        try (StsClient client = StsClient.builder().endpointOverride(url).build()) {
            System.out.println(client.getCallerIdentity());
        }
    }
}
