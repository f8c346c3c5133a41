//! Case corpus, writer conformance suite and the naive oracle: for tests only
