"""What only a GPU can show, in one command of at most nine minutes: ``python -m benchmarks.gpu.run``; see README.md."""
