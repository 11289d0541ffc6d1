"""The cases of the other tests that take two rotations of a key, against the real service.

A key may rotate itself once a minute. So all cases begin, a minute passes, and all cases end. This runs while
the other tests run, which send the same cases to the stand-in.
"""

from __future__ import annotations

import time
import unittest

import test_rotation
import test_script


class AMinuteLater(unittest.TestCase):
    """The waiting cases, together."""

    def test_the_next_rotation_repairs_or_says_what_to_do(self) -> None:
        cases = []
        for kind in (test_rotation.AgainstTheService, test_script.FileWithTheService, test_script.VaultWithTheService):
            kind.setUpClass()
            test = kind("test_the_wrong_order_is_noticed")
            self.addCleanup(test.doCleanups)
            cases += [(f"{kind.__name__}, {number}", case) for number, case in enumerate(test.waiting_cases())]
        for name, case in cases:
            with self.subTest(name):
                next(case)
        time.sleep(61)
        for name, case in cases:
            with self.subTest(name):
                self.assertRaises(StopIteration, next, case)
        self.assertEqual(len(cases), 14)


if __name__ == "__main__":
    unittest.main()
