"""Charges an order. What fails is Backstop's from here, so the caller gets a 202."""

import json
import os
import urllib.request

from backstop_report import report_failure


def handler(event, context):
    charge = {"order": event["order"], "amount": event["amount"]}
    key = f"{event['order']}-charge"
    headers = {"content-type": "application/json", "idempotency-key": key}
    url = f"{os.environ['PAYMENTS_URL']}/charges"
    request = urllib.request.Request(url, json.dumps(charge).encode(), headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=5) as response:
            return {"statusCode": 200, "body": response.read().decode()}
    except OSError as error:
        operation = {"path": "/charges", "headers": headers, "body": charge}
        report_failure(error, dependency="payments", id=key, operation=operation)
        return {"statusCode": 202, "body": key}
