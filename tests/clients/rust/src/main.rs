//! Calls STS once for each line on stdin, in one process: the default credential chain, as any user's program has it.

use aws_config::BehaviorVersion;
use std::{error::Error, io};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    // Plain HTTP, all that is spoken here: it builds in a fraction of the time that TLS takes.
    let http = aws_smithy_http_client::Builder::new().build_http();
    let settings = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .load()
        .await;
    let client = aws_sdk_sts::Client::new(&settings);
    for line in io::stdin().lines() {
        line?;
        let caller = client.get_caller_identity().send().await?;
        println!("{}", caller.account().unwrap_or_default());
    }
    Ok(())
}
