"""The contract of every broker on this machine, whatever it keeps its messages in."""

from tests.contracts.broker_answers import AnswersContract
from tests.contracts.broker_conservation import ConservationContract
from tests.contracts.broker_dead_letters import DeadLettersContract
from tests.contracts.broker_publishing import PublishingContract


class BrokerContract(PublishingContract, AnswersContract, DeadLettersContract, ConservationContract):
    """Subclass it and override the fixture `make_broker`, which makes an empty broker on a given clock."""
