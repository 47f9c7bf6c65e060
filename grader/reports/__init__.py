"""Reports: one result, many readers; every module here renders the same document."""
