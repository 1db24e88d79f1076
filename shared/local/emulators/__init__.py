"""Google's own emulators of Pub/Sub and Firestore, run from the jars of the Google Cloud SDK.

They keep everything in memory and listen on the loopback interface only. Where they differ from production:
Pub/Sub's applies no filters and pushes two messages at a time; Firestore's knows no TTL and misses no index.
"""

from shared.local.emulators.emulator import Emulator, running
from shared.local.emulators.firestore import FirestoreEmulator
from shared.local.emulators.pubsub import PubsubEmulator

__all__ = ["Emulator", "FirestoreEmulator", "PubsubEmulator", "running"]
