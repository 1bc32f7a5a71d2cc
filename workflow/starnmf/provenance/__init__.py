"""What a finished run says of its making, and how it is passed on: the record, the bundle, the crate."""
