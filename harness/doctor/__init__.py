"""What works on this machine, what does not, and why: the checks that `folk doctor` prints."""
