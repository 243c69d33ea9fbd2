import java.util.Scanner;
import software.amazon.awssdk.services.sts.StsClient;

/** Calls STS once for each line on stdin, in one process: the default credential chain, as any user's program has it. */
final class Client {
    public static void main(String[] arguments) {
        try (StsClient client = StsClient.create(); Scanner lines = new Scanner(System.in)) {
            while (lines.hasNextLine()) {
                lines.nextLine();
                System.out.println(client.getCallerIdentity().account());
            }
        }
    }
}
