import json
import os
import unittest
import urllib.error
from unittest import mock

import backstop_report
import charge

REPORTS = {
    "bus": "the-bus",
    "dependencies": {"payments": {"kind": "http", "source": "backstop.report", "queue": "the-queue"}},
}
ENVIRONMENT = {"PAYMENTS_URL": "http://payments.invalid", "BACKSTOP_REPORTS": json.dumps(REPORTS)}
DOWN = urllib.error.HTTPError("http://payments.invalid", 503, "down", {}, None)


class Charge(unittest.TestCase):
    def charged(self, put, keep):
        with mock.patch.dict(os.environ, ENVIRONMENT), mock.patch("urllib.request.urlopen", side_effect=DOWN):
            with mock.patch.object(backstop_report, "_put_with_boto3", put):
                with mock.patch.object(backstop_report, "_keep_with_boto3", keep):
                    return charge.handler({"order": "order-1", "amount": 4200}, None)

    def test_is_handed_to_backstop_while_the_api_is_down(self):
        put, keep = mock.Mock(), mock.Mock()
        self.assertEqual(self.charged(put, keep), {"statusCode": 202, "body": "order-1-charge"})
        entry = put.call_args[0][0]
        self.assertEqual((entry["EventBusName"], entry["Source"]), ("the-bus", "backstop.report"))
        self.assertEqual(json.loads(entry["Detail"])["error"]["statusCode"], 503)
        keep.assert_not_called()

    def test_waits_in_the_queue_while_the_bus_takes_nothing(self):
        put, keep = mock.Mock(side_effect=RuntimeError("ThrottlingException")), mock.Mock()
        self.assertEqual(self.charged(put, keep)["statusCode"], 202)
        queue, detail = keep.call_args[0]
        self.assertEqual((queue, json.loads(detail)["id"]), ("the-queue", "order-1-charge"))

    def test_fails_if_nobody_takes_its_report(self):
        broken = mock.Mock(side_effect=RuntimeError("no"))
        with self.assertRaises(backstop_report.NotReported):
            self.charged(broken, broken)


if __name__ == "__main__":
    unittest.main()
