//! The page at `/`, as people see it.

use host_tests::serving::Serving;
use host_tests::stage::Stage;

use crate::browser::Browser;

const TOKEN: &str = "token-filler-of-host-tests";

/// The sandbox with customers, and the service in front of it.
async fn served(token: Option<&str>) -> (Stage, Serving) {
    let stage = Stage::new().await;
    stage.put_customers(12);
    let serving = Serving::start(&stage.sandbox.url(), &[], token).await;
    (stage, serving)
}

/// Does it where it may wait.
async fn look(url: String, what: impl FnOnce(&Browser, &str) + Send + 'static) {
    let looked = tokio::task::spawn_blocking(move || what(&Browser::start(), &url)).await;
    looked.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
}

/// The field whose label is this, in what is shown.
fn field(label: &str) -> String {
    format!("//main//*[@aria-label='{label}']")
}

fn button(label: &str) -> String {
    format!("//button[.='{label}']")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_are_seen_and_made() {
    let (stage, serving) = served(None).await;
    look(serving.url.clone(), |browser, url| {
        browser.screen(1280, 800, false, false);
        browser.open(url);
        assert_eq!(browser.text("//*[@id='state'][@class='good']"), "connected");
        browser.write("//*[@id='find']", "custom");
        browser.click("//nav//a[.='Customer']");
        // The last one made comes first.
        assert_eq!(browser.text("//main//tbody/tr[1]/td[1]"), "cus_011");
        assert_eq!(browser.text("//main//tbody/tr[10]/td[2]"), "Even");
        browser.click(&button("Next page"));
        assert_eq!(browser.text("//main//tbody/tr[2]/td[1][.='cus_000']"), "cus_000");

        browser.write(&field("conditions"), "Email = '3@example.com'");
        browser.click(&button("List"));
        assert_eq!(browser.text("//main//table[count(tbody/tr)=1]/tbody/tr/td[1]"), "cus_003");
        browser.click("//main//td/a[.='cus_003']");
        assert_eq!(browser.text("//main//tr[th='Email']/td"), "3@example.com");

        browser.click("//main/a[.='Customer']");
        browser.click("//summary[.='Create']");
        let create = "//details[summary='Create']//textarea";
        browser.write(create, r#"{"fields": {"Name": "Made here", "Email": "made@example.com"}}"#);
        browser.click(&button("Create"));
        assert_eq!(browser.text("//section//tbody/tr[td[2]='Made here']/td[3]"), "made@example.com");
        assert!(browser.text("//details[summary='Create']//p").starts_with("Created cus_"));
        browser.picture("page");
        assert_eq!(browser.console(), [""; 0]);

        browser.write(create, r#"{"fields": {"Nmae": "x"}}"#);
        browser.click(&button("Create"));
        let told = browser.text("//details[summary='Create']//*[@role='alert']");
        assert!(told.contains("400 INVALID_ARGUMENT") && told.contains("`Name`"), "{told}");
        browser.picture("page-failure");
        // Chromium tells of every answer that is an error.
        let console = browser.console();
        assert!(console.len() == 1 && console[0].contains("status of 400"), "{console:?}");

        browser.click("//nav//a[.='Customer']");
        browser.write("//*[@id='find']", "cancelpaymentintent");
        browser.click("//nav//a[.='CancelPaymentIntent']");
        browser.click(&button("Execute"));
        assert!(browser.text("//main//*[@role='alert']").contains("PaymentIntentId"));
    })
    .await;
    assert!(stage.sandbox.requests().iter().any(|request| request.method == "POST"), "it is made at Stripe");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_asks_for_the_token_and_fits_a_phone() {
    let (_stage, serving) = served(Some(TOKEN)).await;
    look(serving.url.clone(), |browser, url| {
        browser.screen(390, 844, true, true);
        browser.open(url);
        assert!(browser.text("//main/p").contains("asks for its token"));
        browser.write("//*[@id='token']", "another");
        browser.click(&button("Connect"));
        assert!(browser.text("//main//*[@role='alert']").contains("401 UNAUTHENTICATED"));
        browser.picture("phone-token");
        browser.write("//*[@id='token']", TOKEN);
        browser.click(&button("Connect"));
        assert_eq!(browser.text("//*[@id='state'][@class='good']"), "connected");
        let console = browser.console();
        assert!(console.iter().all(|entry| entry.contains("status of 401")), "{console:?}");

        let fits = || {
            let wide = browser.script("return document.documentElement.scrollWidth");
            assert_eq!(wide, 390, "it does not fit");
        };
        browser.click("//*[@id='menu']");
        fits();
        browser.click("//nav//a[.='Customer']");
        assert_eq!(browser.text("//main//tbody/tr[1]/td[1]"), "cus_011");
        fits();
        browser.picture("phone");
        browser.click("//main//td/a[.='cus_011']");
        assert_eq!(browser.text("//main//tr[th='Id']/td"), "cus_011");
        fits();
        browser.picture("phone-row");
        assert_eq!(browser.console(), [""; 0]);
    })
    .await;
}
