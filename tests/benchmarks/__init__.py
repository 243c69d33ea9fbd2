"""Figures, each as a ratio against something that runs beside it; run by hand, never asserted by the clock.

python -m tests.benchmarks.against_aws_sso_util
python -m tests.benchmarks.throttled
python -m tests.benchmarks.config_edit
python -m tests.benchmarks.starting
python -m tests.benchmarks.endpoint
python -m tests.benchmarks.collecting
python -m tests.benchmarks.review
"""
