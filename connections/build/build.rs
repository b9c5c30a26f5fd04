//! Has the crate compiled again when a file is added to it: its modules are the files of its folders.

fn main() {
    println!("cargo::rerun-if-changed=.");
}
