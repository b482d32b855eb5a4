"""Running a schedule: in this process, or over several."""
