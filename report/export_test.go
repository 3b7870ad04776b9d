package report

// Waiting is how many reports wait for the committer.
func (s *Service) Waiting() int { return len(s.queue) }
