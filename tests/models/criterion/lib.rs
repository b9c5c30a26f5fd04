//! What Shuttle's Tokio names of the benchmark harness.

pub mod async_executor {
    //! Executors of benchmarks.

    /// An executor of asynchronous benchmarks.
    pub trait AsyncExecutor {
        /// Runs a future until it is done.
        fn block_on<T>(&self, future: impl Future<Output = T>) -> T;
    }
}
