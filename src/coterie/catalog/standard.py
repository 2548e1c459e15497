"""The standard marketing interactions: what marketing systems record of their own accord, ready to include.

One line of a catalog includes them, all or by group or name:

    standard_interactions: true
    standard_interactions: [email, form, event_check_in]

An interaction that the catalog lists under the same name adds to the standard one's attributes and words, or replaces
them.
Groups: `email` `subscription` `form` `website` `event` `survey` `lead` `channel` `journey` `sms` `push`.

Every record has `message_id`, the contact's key and `occurred_at` besides; `message` is the e-mail, text message or
notification that was sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from coterie.catalog.model import Attribute, AttributeType, Interaction

__all__ = ["STANDARD_GROUPS", "standard_interactions", "standard_phrases"]

# --- attributes: name, type, label, description ----------------------------------------------------------------------

_ATTRIBUTES = """
account_id                 text     Account                   The account the contact acted for
activity_id                text     Journey tile              The tile of the journey that caused this
anonymous_visitor          choice   Visitor status            Whether the visitor was known or anonymous
block_listed_link          text     Block-listed link         The link that is on a block list
blocked_reason             choice   Reason for blocking       Why nothing was sent
boost_value                number   Boost                     Points added to the lead's score
bounce_category            choice   Bounce category           Why the message came back
bounce_type                choice   Bounce type               Soft, hard or another kind of bounce
browser_id                 choice   Browser                   The browser used
browser_version            text     Browser version           The version of the browser used
business_unit_id           text     Business unit             The unit that sent the message
category                   choice   Category                  The category of the outcome
city                       text     City                      The city the contact was in
contact_failure_message    text     Contact failure           Why the submission changed no contact
contact_matching_result    choice   Contact matching          How the submission was matched to a contact
country_iso_code           choice   Country                   The ISO code of the country the contact was in
delivered_count            number   Delivered count           1, or -1 when a later bounce cancels the delivery
details                    text     Details                   What the receiving system said
device_brand               choice   Device brand              The maker of the device used
device_model               choice   Device model              The model of the device used
device_type                choice   Device type               Desktop, phone, tablet
email_address_used         text     E-mail address            The address the e-mail went to
email_domain               choice   E-mail domain             The domain of that address
entity_id                  text     Record                    The record the answer belongs to
entity_type                choice   Record type               What kind of record that is
event_checkin_id           text     Check-in                  The record of the check-in
event_id                   text     Event                     The event
event_registration_id      text     Registration              The record of the registration
form_id                    text     Form                      The form
form_name                  text     Form name                 The form's name
form_submission_id         text     Form submission           The record of the submission
journey                    text     Journey                   The customer journey that caused this
journey_run_id             text     Journey run               The run of that journey
lead_failure_message       text     Lead failure              Why the submission changed no lead
lead_id                    text     Lead                      The lead the visitor is
lead_matching_result       choice   Lead matching             How the submission was matched to a lead
link                       text     Link                      The link that was clicked
link_friendly_name         text     Link name                 The name of the link
link_id                    text     Link id                   The id of the link
link_text                  text     Link text                 The text of the link
message                    text     Message                   The message that was sent
next_activity_id           text     Next tile                 The tile the contact went on to
operating_system_id        choice   Operating system          The operating system of the device used
operating_system_version   text     Operating system version  The version of that system
original_link              text     Original link             The link as it was written
original_url               text     Original address          The address the link leads to
page_address               text     Page address              The address of the page
page_id                    text     Page                      The page
path                       choice   Path                      The path of the journey the contact took
platform                   choice   Platform                  iOS or Android
postal_code                text     Postal code               The postal code the contact was in
provider                   choice   Provider                  The provider that carried the message
reason                     choice   Reason                    Why this happened
recipient_number           text     Recipient number          The telephone number of the recipient
referrer_uri               text     Referrer                  The page the visitor came from
relationship_operator_action choice Change                    What was done to the membership
remote_bounce              boolean  Remote bounce             Whether the recipient's server sent the bounce
response_type              choice   Response type             What kind of answer it was
result                     choice   Result                    How it went
returning_visitor          choice   Returning visitor         Whether the visitor had been there before
score                      number   Score                     The score of the answer
search_engine_name         choice   Search engine             The search engine the visitor came from
search_phrase              text     Search phrase             What the visitor searched for
secondary_recipient_profile_id text Forwarded to              The contact it was forwarded to
segment_id                 text     List                      The subscription list
sender_number              text     Sender number             The telephone number of the sender
sending_id                 text     Sending                   The single sending of the message
session_id                 text     Session                   The visit it was part of
state                      text     State                     The state or province the contact was in
survey_id                  text     Survey                    The survey
target_url                 text     Target address            The address the link led to
text                       text     Text                      The text that was received
trigger_keyword            choice   Keyword                   The word that triggered the answer
usage_type                 choice   Usage                     Commercial or transactional
visit_duration             number   Visit duration            How long the visit lasted, in seconds
visitor_id                 text     Visitor                   The visitor, as the tracking script knows them
website_id                 text     Website                   The website
workflow_id                text     Workflow                  The workflow that was started
"""

_SETS = {
    "COMMON": "account_id journey journey_run_id activity_id",
    "SENDING": "message sending_id usage_type email_address_used email_domain",
    "DEVICE": "country_iso_code state city postal_code browser_id browser_version operating_system_id"
    " operating_system_version",
    "VISIT": "visitor_id session_id anonymous_visitor lead_id visit_duration returning_visitor search_phrase"
    " search_engine_name referrer_uri",
    "SMS": "message country_iso_code provider sender_number recipient_number business_unit_id",
    "PUSH": "message platform business_unit_id",
}

# --- interactions: name, phrase, description, attributes (sets of them in capitals; COMMON always) -------------------

_GROUPS = {
    "email": """
email_sent | were sent an email | An e-mail was handed over for sending | SENDING
email_delivered | had an email delivered | The recipient's server accepted the e-mail | SENDING delivered_count
email_opened | opened an email | The image in the e-mail was loaded | SENDING DEVICE visitor_id session_id lead_id
email_clicked | clicked a link in an email | A tracked link was clicked | SENDING DEVICE link_id link_friendly_name \
link_text original_link original_url target_url visitor_id session_id lead_id
email_forwarded | forwarded an email | The forward-to-a-friend page was used | DEVICE VISIT message \
secondary_recipient_profile_id form_submission_id
email_bounced | had an email bounce | The e-mail came back | SENDING bounce_type details category
email_hard_bounced | had an email hard-bounce | The address is invalid | SENDING bounce_category remote_bounce
email_soft_bounced | had an email soft-bounce | The address cannot be reached for now | SENDING bounce_category \
remote_bounce
email_block_bounced | had an email bounce as blocked | The e-mail was turned away | SENDING bounce_category
email_blocked | had an email blocked | Sending was never attempted | SENDING blocked_reason details category
email_feedback_loop | marked an email as spam | The recipient complained; sending stops | SENDING
email_sending_failed | had an email fail to be sent | Sending failed | SENDING
out_of_email_credits | missed an email for lack of credits | No credits were left to send with | SENDING
invalid_recipient_address | had an invalid recipient address | The address is none | SENDING blocked_reason
invalid_sender_address | missed an email for its invalid sender | The sender's address is none | SENDING blocked_reason
email_contains_block_listed_links | missed an email for its block-listed links | A link is on a block list | SENDING \
block_listed_link
email_consent_not_given | missed an email for lack of consent | The contact has not consented | SENDING reason
email_address_opted_out | opted an email address out | The address was opted out | email_address_used reason
email_subscription_submit | submitted a subscription centre | The subscription centre was used | DEVICE message \
device_type device_brand device_model
""",
    "subscription": """
segment_subscribed | joined a subscription list | The contact joined a list | DEVICE VISIT segment_id \
form_submission_id message email_address_used
segment_unsubscribed | left a subscription list | The contact left a list | DEVICE VISIT segment_id \
form_submission_id message email_address_used
segment_relationship_edited | had a list membership edited | A list's membership was edited | DEVICE VISIT segment_id \
relationship_operator_action result
""",
    "form": """
form_visited | visited a form | A page with the form was opened | DEVICE VISIT form_id page_id message sending_id
form_submitted | submitted a form | The form was submitted | DEVICE VISIT form_id form_name form_submission_id page_id \
result contact_matching_result lead_matching_result contact_failure_message lead_failure_message
page_visited | visited a marketing page | A hosted marketing page was opened | DEVICE VISIT page_id form_id
page_submitted | submitted a marketing page | The form of a hosted page was submitted | DEVICE VISIT page_id form_id \
result
""",
    "website": """
website_visited | visited a website | A tracked page was loaded | DEVICE VISIT website_id page_address page_id message
website_clicked | clicked a link on a website | A link on a tracked page was clicked | DEVICE VISIT website_id \
page_address link link_friendly_name
redirect_link_clicked | clicked a redirect link | A redirect address was used | DEVICE VISIT link_id link original_url \
message
""",
    "event": """
event_registration | registered for an event | The contact registered | event_id event_registration_id
event_check_in | checked in to an event | The contact came | event_id event_checkin_id
event_registration_cancelled | cancelled an event registration | The registration was cancelled | event_id \
event_registration_id
""",
    "survey": """
survey_response | answered a survey | The survey was answered | survey_id score
""",
    "lead": """
lead_score_boost | had a lead score boosted | Points were added to a lead's score | lead_id boost_value
""",
    "channel": """
custom_channel_response | answered on a custom channel | An answer came on a channel of one's own | entity_id \
entity_type response_type trigger_keyword
""",
    "journey": """
activity_contact_dispatched | were dispatched by a journey tile | A tile passed the contact on |
activity_contact_blocked | were blocked by a journey tile | A tile held the contact back | reason
activity_contact_processing_failed | failed at a journey tile | A tile could not process the contact | reason
pass_through_activity_contact_processed | passed through a journey tile | A tile let the contact through |
scheduler_activity_contact_processed | passed a journey's scheduler | A scheduler let the contact go on | path
splitter_activity_contact_processed | passed a journey's splitter | A splitter sent the contact on | next_activity_id
trigger_activity_contact_processed | passed a journey's trigger | A trigger sent the contact on | path
create_crm_activity_contact_processed | had an activity created by a journey | A tile created an activity |
create_custom_channel_activity_contact_processed | were sent to a custom channel by a journey | A tile sent them |
trigger_crm_workflow_activity_contact_processed | had a workflow started by a journey | A tile started it | workflow_id
customer_journey_contact_record_updated | had their record updated in a journey | A record was updated |
""",
    "sms": """
sms_sent | were sent a text message | A text message was handed over for sending | SMS
sms_delivered | had a text message delivered | The text message arrived | SMS
sms_link_clicked | clicked a link in a text message | A link was clicked | SMS target_url link_text
sms_received | sent a text message | The contact's own text message came in | SMS text
sms_bounced | had a text message bounce | The text message did not arrive | SMS reason
sms_not_sent | missed a text message | Sending was not attempted, or failed | SMS reason
sms_consent_not_given | missed a text message for lack of consent | The contact has not consented | SMS reason
""",
    "push": """
push_sent | were sent a push notification | A notification was handed over for sending | PUSH
push_opened | opened a push notification | The notification was opened | PUSH
push_link_clicked | clicked a link in a push notification | A link was clicked | PUSH target_url link_text
push_not_sent | missed a push notification | Sending was not attempted, or failed | PUSH reason
""",
}


@dataclass(frozen=True, slots=True)
class _Standard:
    group: str
    phrase: str
    interaction: Interaction


@lru_cache(maxsize=1)
def _standard() -> Mapping[str, _Standard]:
    vocabulary = _vocabulary()
    found = {}
    for group, rows in _GROUPS.items():
        for row in rows.strip().splitlines():
            name, phrase, description, attributes = (cell.strip() for cell in row.split("|"))
            interaction = Interaction(
                name=name,
                attributes=MappingProxyType({each: vocabulary[each] for each in _named("COMMON " + attributes)}),
                label=_label(name),
                description=f"{description}.",
            )
            found[name] = _Standard(group, phrase, interaction)
    return MappingProxyType(found)


def _vocabulary() -> Mapping[str, Attribute]:
    found = {}
    for row in _ATTRIBUTES.strip().splitlines():
        name, type_, words = row.split(maxsplit=2)
        label, description = words.split("  ", maxsplit=1)
        found[name] = Attribute(
            name=name, type=AttributeType(type_), label=label, description=f"{description.strip()}."
        )
    return found


def _named(attributes: str) -> Iterable[str]:
    for name in attributes.split():
        yield from _SETS[name].split() if name in _SETS else (name,)


def _label(name: str) -> str:
    words = name.replace("sms_", "SMS_").replace("crm", "CRM").split("_")
    return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]])


STANDARD_GROUPS = tuple(_GROUPS)
"""The groups of standard interactions, as `standard_interactions` in a catalog may name them."""


def standard_interactions(chosen: str | None = None) -> Mapping[str, Interaction]:
    """The standard interactions by name: all, those of the group `chosen`, or the one of that name; perhaps none."""
    return {
        name: standard.interaction
        for name, standard in _standard().items()
        if chosen is None or chosen in (name, standard.group)
    }


def standard_phrases() -> Mapping[str, str]:
    """What contacts did, said after "who", by the standard interaction's name: "opened an email"."""
    return {name: standard.phrase for name, standard in _standard().items()}
