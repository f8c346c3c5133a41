//! Several threads for the work of one table.

use crate::error::{Error, Result};
use std::sync::{Arc, mpsc::channel};

/// A piece of work.
pub type Task = Box<dyn FnOnce() + Send>;

/// Runs pieces of work on the threads of a run, so that the columns or the rows of one table are
/// encoded side by side. A format that gets none works on the calling thread.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use transmog_model::{Executor, Result, Task, map_on};
///
/// /// A thread for each task.
/// struct Threads;
///
/// impl Executor for Threads {
///     fn threads(&self) -> usize {
///         std::thread::available_parallelism().map_or(1, usize::from)
///     }
///     fn run(&self, tasks: Vec<Task>) {
///         std::thread::scope(|scope| {
///             tasks.into_iter().for_each(|task| drop(scope.spawn(task)));
///         });
///     }
/// }
///
/// let executor: Arc<dyn Executor> = Arc::new(Threads);
/// let squares = map_on(Some(&executor), (1..=4).collect(), |number: u32| number * number)?;
/// assert_eq!(squares, [1, 4, 9, 16]);
/// # Ok::<(), transmog_model::Error>(())
/// ```
pub trait Executor: Send + Sync {
    /// How many threads can work now: the calling one, and those that have nothing else to do.
    fn threads(&self) -> usize;

    /// Runs the tasks in any order, some at the same time, and returns when all have ended. The calling
    /// thread may run some of them.
    fn run(&self, tasks: Vec<Task>);
}

/// The results of `work` on each item, in the order of the items. The threads of the executor do it, if
/// there is one with several.
///
/// # Errors
/// When a thread ended early.
///
/// See [`Executor`] for an example.
pub fn map_on<T: Send + 'static, R: Send + 'static>(
    executor: Option<&Arc<dyn Executor>>,
    items: Vec<T>,
    work: impl Fn(T) -> R + Send + Sync + 'static,
) -> Result<Vec<R>> {
    let Some(executor) = executor.filter(|them| them.threads() > 1 && items.len() > 1) else {
        return Ok(items.into_iter().map(work).collect());
    };
    let (work, count) = (Arc::new(work), items.len());
    let (sender, results) = channel();
    let task = |(at, item): (usize, T)| -> Task {
        let (work, sender) = (Arc::clone(&work), sender.clone());
        Box::new(move || {
            // Whoever waits for the results is there until all tasks have ended.
            let _ = sender.send((at, work(item)));
        })
    };
    executor.run(items.into_iter().enumerate().map(task).collect());
    let mut results: Vec<_> = results.try_iter().collect();
    if results.len() < count {
        return Err(Error::unsupported(
            "a thread ended early; this is a bug, please report it",
        ));
    }
    results.sort_unstable_by_key(|(at, _)| *at);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    /// Runs the last task first, each on a thread of its own, and loses some.
    struct Backwards(usize);

    impl Executor for Backwards {
        fn threads(&self) -> usize {
            2
        }

        fn run(&self, tasks: Vec<Task>) {
            for task in tasks.into_iter().skip(self.0).rev() {
                thread::spawn(task).join().expect("the task ends");
            }
        }
    }

    #[test]
    fn results_are_in_the_order_of_the_items() {
        let executor: Arc<dyn Executor> = Arc::new(Backwards(0));
        for executor in [None, Some(&executor)] {
            let results = map_on(executor, (0..100).collect(), |item: u32| item * 2);
            assert_eq!(
                results.expect("results"),
                (0..100).map(|item| item * 2).collect::<Vec<_>>()
            );
        }
    }

    #[test]
    fn a_result_that_is_missing_is_an_error() {
        let executor: Arc<dyn Executor> = Arc::new(Backwards(1));
        assert!(map_on(Some(&executor), vec![1, 2, 3], |item: u32| item).is_err());
    }
}
