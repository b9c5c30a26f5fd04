//! Requests that start a job with one idempotency key.

use std::sync::Arc;

use glue_models::check::{at_once, explore};
use glue_models::jobs::{Aws, Manner, context, start_once};
use glue_models::store::Store;
use glue_models::task::spawn;

#[test]
fn requests_of_one_process_start_one_run() {
    explore(|| async {
        let (aws, store) = (Aws::new(Manner::Late), Arc::<Store>::default());
        at_once((0..3).map(|_| {
            let cx = context(&aws, &store);
            async move { assert_eq!(start_once(&cx).await.expect("a run").as_deref(), Some("jr_0")) }
        }))
        .await;
        assert_eq!(aws.started(), 1);
    });
}

#[test]
fn lost_answers_and_requests_that_are_dropped_start_no_second_run() {
    explore(|| async {
        let (aws, store) = (Aws::new(Manner::Lossy), Arc::<Store>::default());
        let dropped = context(&aws, &store);
        let dropped = spawn(async move { start_once(&dropped).await });
        at_once((0..3).map(|request| {
            let (cx, dropped) = (context(&aws, &store), dropped.abort_handle());
            async move {
                if request == 0 {
                    dropped.abort();
                }
                if let Ok(run) = start_once(&cx).await {
                    assert_eq!(run.as_deref(), Some("jr_0"));
                }
            }
        }))
        .await;
        assert!(aws.started() <= 1, "{} runs", aws.started());
    });
}

#[test]
fn of_two_processes_that_start_at_the_same_time_one_run_goes_on() {
    explore(|| async {
        let aws = Aws::new(Manner::Prompt);
        let stores = [Arc::<Store>::default(), Arc::default()];
        at_once((0..3).map(|request| {
            let cx = context(&aws, &stores[request % 2]);
            async move { drop(start_once(&cx).await.expect("a run")) }
        }))
        .await;
        assert_eq!(aws.going_on().len(), 1);
    });
}
