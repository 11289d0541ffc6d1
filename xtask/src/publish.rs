//! Builds the dashboard and uploads it to the bucket of a deployed stack.
//!
//! The order of the uploads makes a release one step for browsers. `index.html` names its assets, and their names change
//! with their content. So the assets are uploaded first, and `index.html` is uploaded last, as one object. A browser that
//! gets the new `index.html` finds all of its assets. Assets of earlier releases stay, because open pages may still load
//! them.
//!
//! Nothing is invalidated: `CloudFront` keeps an object with `no-cache` for one second, and no other object changes.

use std::{
    collections::BTreeSet,
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::process::{Run, root, say};

/// The caching of objects that never change under their names.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// The caching of objects that may change. Browsers ask each time whether they have changed.
const REVALIDATE: &str = "no-cache";
const INDEX: &str = "index.html";
const ASSETS: &str = "assets";

/// Builds the page and publishes it.
pub fn run(stack: &str, region: Option<&str>) -> Result<(), String> {
    let path = env::var_os("PATH").unwrap_or_default();
    Publication { stack, region, dashboard: root().join("dashboard"), path }.run()
}

struct Publication<'a> {
    stack: &'a str,
    region: Option<&'a str>,
    dashboard: PathBuf,
    /// The search path for `aws` and `npm`.
    path: OsString,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    output_key: String,
    output_value: String,
}

impl Publication<'_> {
    fn run(&self) -> Result<(), String> {
        // The outputs are first, because reading them is quick and fails most often.
        let outputs = self.outputs()?;
        let bucket = self.output(&outputs, "PageBucketName")?;
        let address = self.output(&outputs, "PageAddress")?;
        self.npm(&["ci"])?;
        self.npm(&["run", "build"])?;
        let page = Page::read(&self.dashboard.join("dist"))?;

        let folder = page.folder.join(ASSETS);
        for extension in &page.asset_extensions {
            let (include, kind) = (format!("*.{extension}"), content_type(extension)?);
            let selection = ["--recursive", "--exclude", "*", "--include", &include];
            self.copy(&folder, &format!("s3://{bucket}/{ASSETS}"), kind, IMMUTABLE, &selection)?;
        }
        for name in page.files.iter().map(String::as_str).chain([INDEX]) {
            let kind = content_type(name.rsplit('.').next().unwrap_or_default())?;
            self.copy(&page.folder.join(name), &format!("s3://{bucket}/{name}"), kind, REVALIDATE, &[])?;
        }
        say(&format!("Published: {address}"));
        Ok(())
    }

    fn outputs(&self) -> Result<Vec<Output>, String> {
        let query = ["--query", "Stacks[0].Outputs", "--output", "json"];
        let arguments =
            ["cloudformation", "describe-stacks", "--stack-name", self.stack].into_iter().chain(query);
        let printed = self.aws(arguments.map(OsString::from)).output()?;
        // A stack without outputs prints null.
        let outputs: Option<_> = serde_json::from_slice(&printed)
            .map_err(|error| format!("`aws` did not print the stack's outputs: {error}"))?;
        Ok(outputs.unwrap_or_default())
    }

    fn output<'o>(&self, outputs: &'o [Output], key: &str) -> Result<&'o str, String> {
        let output = outputs.iter().find(|output| output.output_key == key);
        output.map(|output| output.output_value.as_str()).ok_or_else(|| {
            format!(
                "the stack {} has no output {key}: deploy this version of template.yaml first",
                self.stack
            )
        })
    }

    /// Uploads files. The content type is given, because the CLI's guess depends on the machine, and browsers refuse a
    /// script with another type.
    fn copy(
        &self,
        from: &Path,
        to: &str,
        kind: &str,
        caching: &str,
        selection: &[&str],
    ) -> Result<(), String> {
        let start = ["s3".into(), "cp".into(), from.as_os_str().to_owned(), to.into()];
        let headers = ["--content-type", kind, "--cache-control", caching, "--no-progress"];
        let options = selection.iter().chain(&headers).map(OsString::from);
        self.aws(start.into_iter().chain(options)).check()
    }

    fn aws(&self, arguments: impl IntoIterator<Item = OsString>) -> Run {
        let region = self.region.into_iter().flat_map(|region| ["--region".into(), region.into()]);
        Run::new("aws", arguments.into_iter().chain(region)).env("PATH", &self.path)
    }

    fn npm(&self, arguments: &[&str]) -> Result<(), String> {
        let place = ["--prefix".into(), self.dashboard.clone().into_os_string()];
        let arguments = place.into_iter().chain(arguments.iter().map(OsString::from));
        Run::new("npm", arguments).env("PATH", &self.path).check()
    }
}

/// The files of the build.
struct Page {
    folder: PathBuf,
    asset_extensions: BTreeSet<String>,
    /// The names of the files next to `index.html`.
    files: BTreeSet<String>,
}

impl Page {
    fn read(folder: &Path) -> Result<Self, String> {
        let mut files = names(folder)?;
        let built = files.remove(INDEX) && files.remove(ASSETS);
        if !built {
            return Err(format!(
                "{} has no {INDEX} or no {ASSETS}: check the output of the build",
                folder.display()
            ));
        }
        let extension = |name: &String| name.rsplit('.').next().unwrap_or_default().to_owned();
        let asset_extensions: BTreeSet<_> = names(&folder.join(ASSETS))?.iter().map(extension).collect();
        // An unknown kind of file fails here, before anything is uploaded.
        for extension in asset_extensions.iter().cloned().chain(files.iter().map(extension)) {
            content_type(&extension)?;
        }
        Ok(Self { folder: folder.into(), asset_extensions, files })
    }
}

fn names(folder: &Path) -> Result<BTreeSet<String>, String> {
    let failed = |error| format!("{}: {error}", folder.display());
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        names.insert(entry.map_err(failed)?.file_name().to_string_lossy().into_owned());
    }
    Ok(names)
}

fn content_type(extension: &str) -> Result<&'static str, String> {
    Ok(match extension {
        "css" => "text/css",
        "html" => "text/html",
        "js" => "text/javascript",
        "json" | "webmanifest" => "application/json",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain",
        "woff2" => "font/woff2",
        other => {
            return Err(format!(
                "the page has files without a known content type (.{other}): add the type in {}",
                file!()
            ));
        }
    })
}

#[cfg(test)]
mod tests {
    use std::{
        os::unix::fs::PermissionsExt,
        process,
        sync::{Mutex, MutexGuard, PoisonError},
    };

    use super::*;

    const OUTPUTS: &str = r#"[
        {"OutputKey": "PageBucketName", "OutputValue": "the-bucket"},
        {"OutputKey": "PageAddress", "OutputValue": "https://keys.example.com/"}
    ]"#;

    /// A dashboard, and an `aws` and an `npm` that record their calls.
    struct Fixture(PathBuf, #[expect(dead_code, reason = "held, not read")] MutexGuard<'static, ()>);

    /// One test at a time, because a script can't run while another test's new process has it open for writing.
    static ALONE: Mutex<()> = Mutex::new(());

    impl Fixture {
        fn new(name: &str, outputs: &str) -> Self {
            let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
            let fixture = Self(env::temp_dir().join(format!("publish-{name}-{}", process::id())), alone);
            let bin = fixture.0.join("bin");
            fs::create_dir_all(&bin).expect("a folder");
            fs::write(fixture.0.join("outputs"), outputs).expect("a file");
            fixture.program("aws", "[ $1 = cloudformation ] && cat \"$here/outputs\" || true");
            // Like vite, it removes the files of the last build.
            fixture.program(
                "npm",
                "[ $3 = ci ] || { rm -rf \"$here/dist\" && cp -r \"$here/built\" \"$here/dist\"; }",
            );
            fixture.file("dist/assets/old-1.js");
            for name in ["index.html", "icon.svg", "assets/a-1.js", "assets/b-2.js", "assets/a-3.css"] {
                fixture.file(&format!("built/{name}"));
            }
            fixture
        }

        fn program(&self, name: &str, body: &str) {
            let (here, path) = (self.0.display(), self.0.join("bin").join(name));
            let script = format!("#!/bin/sh\nhere='{here}'\necho {name} \"$@\" >> \"$here/calls\"\n{body}\n");
            fs::write(&path, script).expect("a script");
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a program");
        }

        fn file(&self, name: &str) {
            let path = self.0.join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, "").expect("a file");
        }

        fn publish(&self, region: Option<&str>) -> Result<(), String> {
            let path =
                env::join_paths([self.0.join("bin"), "/usr/bin".into(), "/bin".into()]).expect("a path");
            Publication { stack: "keys", region, dashboard: self.0.clone(), path }.run()
        }

        /// The calls in their order. This folder is written as `.`.
        fn calls(&self) -> Vec<String> {
            let calls = fs::read_to_string(self.0.join("calls")).unwrap_or_default();
            calls.replace(&self.0.display().to_string(), ".").lines().map(str::to_owned).collect()
        }
    }

    impl Drop for Fixture {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn assets_are_uploaded_first_and_index_html_last() {
        let fixture = Fixture::new("order", OUTPUTS);
        fixture.publish(Some("eu-west-1")).expect("published");
        let forever = "--cache-control public, max-age=31536000, immutable --no-progress --region eu-west-1";
        let ask = "--cache-control no-cache --no-progress --region eu-west-1";
        let assets = "aws s3 cp ./dist/assets s3://the-bucket/assets --recursive --exclude * --include";
        assert_eq!(
            fixture.calls(),
            [
                "aws cloudformation describe-stacks --stack-name keys --query Stacks[0].Outputs --output json \
                 --region eu-west-1",
                "npm --prefix . ci",
                "npm --prefix . run build",
                &format!("{assets} *.css --content-type text/css {forever}"),
                &format!("{assets} *.js --content-type text/javascript {forever}"),
                &format!(
                    "aws s3 cp ./dist/icon.svg s3://the-bucket/icon.svg --content-type image/svg+xml {ask}"
                ),
                &format!(
                    "aws s3 cp ./dist/index.html s3://the-bucket/index.html --content-type text/html {ask}"
                ),
            ]
        );
    }

    #[test]
    fn a_failed_upload_stops_before_the_page_changes() {
        let fixture = Fixture::new("failed", OUTPUTS);
        fixture.program("aws", "case \"$*\" in *.js*) exit 1;; cloudf*) cat \"$here/outputs\";; esac");
        let error = fixture.publish(None).expect_err("an upload failed");
        assert!(error.starts_with("`aws s3 cp ") && error.ends_with(" failed"), "{error}");
        assert!(!fixture.calls().iter().any(|call| call.contains("index.html")), "{:?}", fixture.calls());
    }

    #[test]
    fn the_error_names_a_missing_program() {
        let fixture = Fixture::new("programs", OUTPUTS);
        // The search path contains no programs of the machine that runs the test.
        let path = fixture.0.join("bin").into_os_string();
        let publication = Publication { stack: "keys", region: None, dashboard: fixture.0.clone(), path };
        fs::remove_file(fixture.0.join("bin/npm")).expect("removed");
        assert_eq!(publication.npm(&["ci"]), Err("`npm` is not installed: install it and try again".into()));
        fs::remove_file(fixture.0.join("bin/aws")).expect("removed");
        assert_eq!(publication.run(), Err("`aws` is not installed: install it and try again".into()));
        assert!(fixture.calls().is_empty());
    }

    #[test]
    fn nothing_is_uploaded_to_a_stack_without_a_page() {
        for outputs in ["null", r#"[{"OutputKey": "ApiAddress", "OutputValue": "https://x"}]"#] {
            let fixture = Fixture::new("outputs", outputs);
            let error = fixture.publish(None).expect_err("no page");
            assert!(error.contains("the stack keys has no output PageBucketName"), "{error}");
            assert_eq!(fixture.calls().len(), 1);
        }
    }

    #[test]
    fn a_file_without_a_content_type_is_found_before_anything_is_uploaded() {
        for name in ["assets/film-1.mp4", "fonts/a.woff2", "README"] {
            let fixture = Fixture::new("kinds", OUTPUTS);
            fixture.file(&format!("built/{name}"));
            let error = fixture.publish(None).expect_err("an unknown kind");
            assert!(error.starts_with("the page has files without a known content type"), "{error}");
            assert!(!fixture.calls().iter().any(|call| call.contains(" s3 ")));
        }
    }

    #[test]
    fn the_template_has_the_outputs() {
        let template = fs::read_to_string(root().join("template.yaml")).expect("the template");
        let (_, outputs) = template.split_once("\nOutputs:\n").expect("outputs");
        for key in ["PageBucketName", "PageAddress"] {
            assert!(outputs.contains(&format!("\n  {key}:\n")), "{key}");
        }
    }
}
