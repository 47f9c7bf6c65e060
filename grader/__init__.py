"""The hidden grader, and the map of it in reading order.

settings      where things are, and the lecturer's choices in course/course.toml
programs/     a program, the operations table, strategies of inputs, and torch as the oracle
curriculum/   what the exercises are, their points and texts
checks/       the hidden tests: what each exercise is asked, one file a stage
isolation/    a submission taken in, and run by a worker in a process of its own
grading/      the case bank and what it reaches, staging, comparison, shrinking: one submission
              in, one result out
feedback/     a failure put into words
reports/      the result for its readers: JSON, terminal, job summary
release/      stubs and the student repository
verify        every invariant of this repository
cli           the commands

Imports go up this list only. Trusted code never imports a submission.
"""
