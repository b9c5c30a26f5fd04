"""The same calls by boto3: `cold`, or `warm CALLS IN_FLIGHT`, or `all NAMES`. Prints what `compare` reads."""

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config

mode, *numbers = sys.argv[1:]
numbers = [int(number) for number in numbers]
in_flight = numbers[1] if mode == "warm" else 1
glue = boto3.client("glue", endpoint_url=os.environ["ENDPOINT"], config=Config(max_pool_connections=in_flight))


def call(_):
    began = time.perf_counter()
    assert glue.list_jobs()["JobNames"]
    return round((time.perf_counter() - began) * 1e6)


if mode == "cold":
    call(0)
else:
    began = time.perf_counter()
    if mode == "warm":
        with ThreadPoolExecutor(in_flight) as pool:
            latencies = list(pool.map(call, range(numbers[0])))
    else:
        pages = glue.get_paginator("list_jobs").paginate(MaxResults=1000, Tags={"names": str(numbers[0])})
        names = [name for page in pages for name in page["JobNames"]]
        assert len(names) == numbers[0]
        latencies = []
    print(json.dumps({"seconds": time.perf_counter() - began, "latencies": latencies}), flush=True)
    sys.stdin.read()
