"""Isolation: a submission taken in as files, and run by a worker in a process of its own.

intake      which files are taken, from sources: a folder, archives (zip, tars), commits of git
budget      how long what is asked of a submission may take
wire        the messages between grader and worker
worker      runs programs on the submission, inside
sandbox     starts a worker; syscalls is the filter that the kernel keeps
channel     the grader's end of a worker's pipes; process asks, and checks the answers
layers      proves the sandbox before it is used
"""
