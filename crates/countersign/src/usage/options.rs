//! What every recorder can be told.

/// The options of a recorder `$recorder(Engine<_>)`; `$things` are what it records the use of, `$each` is one of them.
macro_rules! recorder_options {
    ($recorder:ident, $each:literal, $things:literal) => {
        impl $recorder {
            /// How long after a use it is written, together with all others until then; what a crash loses.
            #[must_use]
            pub fn with_interval(self, interval: std::time::Duration) -> Self {
                Self(self.0.with(|settings| settings.interval = interval))
            }

            #[doc = concat!("How much later than what was last written for a ", $each, " another use of it has to be, to be ")]
            /// written too.
            #[must_use]
            pub fn with_resolution(self, resolution: std::time::Duration) -> Self {
                Self(self.0.with(|settings| settings.resolution = resolution))
            }

            #[doc = concat!("How many ", $things, " may wait to be written. About as many again are remembered as written.")]
            #[must_use]
            pub fn with_capacity(self, capacity: usize) -> Self {
                Self(self.0.with(|settings| settings.capacity = capacity))
            }

            /// How long the store may take to write 1,000 uses before that counts as failed; 5 seconds unless told otherwise.
            #[must_use]
            pub fn with_store_timeout(self, store_timeout: std::time::Duration) -> Self {
                Self(self.0.with(|settings| settings.store_timeout = store_timeout))
            }

            /// Writes all that is to be written, at once; for shutdown.
            ///
            /// # Errors
            /// When the store fails or does not answer in time. What was not written stays for the next try.
            ///
            /// # Cancel safety
            /// When dropped before it is done, what was not written stays for the next try.
            pub async fn flush(&self) -> Result<(), countersign_core::StoreError> {
                self.0.write().await
            }

            /// How many uses were let go so far because there was no room for them.
            #[must_use]
            pub fn dropped(&self) -> u64 {
                self.0.dropped()
            }
        }

        impl std::fmt::Debug for $recorder {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.describe(f.debug_struct(stringify!($recorder)))
            }
        }
    };
}
pub(crate) use recorder_options;
