"""One learner, one sitting: the loop that owns it, its page's view, and the host of all sittings."""
